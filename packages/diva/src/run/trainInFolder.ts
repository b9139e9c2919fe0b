import { Effect, Layer, Option, type Scope } from "effect"
import { writeSafetensors, type WeightsError } from "@diva/models"
import { Checkpoints } from "../checkpoint/checkpoints.ts"
import { Events, type EventSink } from "../train/observe/events.ts"
import type { RunState } from "../checkpoint/runState.ts"
import type { Observer } from "../train/observe/observer.ts"
import type { TrainConfig } from "../train/config/trainConfig.ts"
import type { TrainError } from "../train/trainError.ts"
import type { Shards } from "../data/index.ts"
import type { Gpu } from "../gpu/gpu.ts"
import { trainDiva } from "../train/trainDiva.ts"
import { fromTaskEither } from "../fromEither.ts"
import type { RowIdentity } from "../rows/index.ts"
import { openManifest, type WeightSources } from "./manifest.ts"
import { metricsFile } from "./metricsFile.ts"
import { runFiles, unfinishedClip } from "./runFiles.ts"
import { holdRun } from "../files/runLock.ts"
import { storage } from "../files/storage.ts"
import { skippedFile } from "./skippedFile.ts"
import { tensorboardFile } from "../tensorboard/tensorboardFile.ts"
import { byName, bytesOf, tensorToWrite } from "../weights/namedArrays.ts"
import { loadArray, type WeightArray, type NamedWeights } from "../weights/weightArray.ts"
import { doing } from "../doing.ts"

export interface FolderRun<E = never, R = never> {
  readonly folder: string
  readonly config: TrainConfig
  /** The row that is trained, for the manifest. */
  readonly row?: RowIdentity
  /** As typed by the user, for the manifest. */
  readonly commandLine: readonly string[]
  /** What observes the run besides its log and its checkpoints. */
  readonly observers?: readonly Observer<E, R>[]
  /** Consumers of events besides manifest and metrics. */
  readonly sinks?: readonly EventSink[]
  /** How many of the newest checkpoints to keep; 2. The configuration says which best one stays besides. */
  readonly keep?: number
  /** Where the weights were read from, for the manifest: exporting a checkpoint later takes the text tower from there. */
  readonly sources?: WeightSources
}

const prefix = "class_model.model."

/** The whole CLIP under its own names, with the trained image tower in place of the first. */
const trainedClip = ({ weights }: TrainConfig, { parameters }: RunState): NamedWeights =>
  new Map([...weights.clip].map(([name, array]) => [name, parameters.get(prefix + name) ?? array]))

/** A tensor that cannot be read ends the writing with the reader's error, not the writer's. */
const writeWeights = (file: string, weights: NamedWeights): Effect.Effect<number, WeightsError> =>
  Effect.suspend(() => {
    let unread: WeightsError | undefined
    const note = (error: WeightsError) => Effect.sync(() => void (unread = error))
    const read = (array: WeightArray) => () =>
      Effect.runPromise(loadArray(array).pipe(Effect.tapError(note), Effect.map(bytesOf)))
    const tensors = byName(weights).map(([name, array]) => tensorToWrite(name, array, read(array)))
    return Effect.mapError(
      Effect.andThen(doing(`writing ${file}`), fromTaskEither(writeSafetensors(file, tensors, { format: "pt" }))),
      (error) => unread ?? error,
    )
  })

const keepBestOf = ({ keepBest }: TrainConfig) => (keepBest === undefined ? {} : { keepBest })

const isFinished = ({ optimisation }: TrainConfig, { update }: RunState): boolean => update === optimisation.updates

/** What was saved when the run was stopped; nothing before its first update. */
const writeNewest = (write: (state: RunState) => Effect.Effect<unknown, WeightsError>) =>
  Effect.gen(function* () {
    const latest = yield* (yield* Checkpoints).latest
    if (Option.isSome(latest)) yield* write(latest.value.state)
  })

/**
 * Trains in a folder: `manifest.json`, `metrics.jsonl`, `skipped.jsonl`, `tensorboard/`, `checkpoints/`, and a whole CLIP under its
 * original names: `clip.safetensors` at the end of the schedule, `clip-unfinished.safetensors` where the run is stopped before. A
 * folder that holds checkpoints is resumed. Errors: those of `trainDiva`, `RunLocked` (another process is at work in the
 * folder), and file errors.
 */
export const trainInFolder = <E = never, R = never>(
  run: FolderRun<E, R>,
): Effect.Effect<RunState, TrainError | E, Gpu | Shards | Exclude<Exclude<R, Scope.Scope>, Checkpoints | Events>> =>
  Effect.scoped(Effect.andThen(holdRun(run.folder), trainHeld(run)))

const trainHeld = Effect.fn("trainInFolder")(function* <E = never, R = never>(
  run: FolderRun<E, R>,
): Effect.fn.Return<RunState, TrainError | E, Gpu | Shards | Exclude<Exclude<R, Scope.Scope>, Checkpoints | Events>> {
  const { folder, config, commandLine, observers = [], sinks = [], keep = 2 } = run
  const files = runFiles(folder)
  const tell: EventSink = (event) => Effect.forEach(sinks, (sink) => sink(event), { discard: true })
  const manifest = yield* openManifest(files.manifest, config, commandLine, tell, {
    row: run.row,
    sources: run.sources,
  })
  const services = Layer.merge(
    Checkpoints.layerFolder(files.checkpoints, { keep, ...keepBestOf(config) }),
    Events.layerOf([
      manifest.sink,
      metricsFile(files.metrics),
      skippedFile(files.skipped),
      tensorboardFile(files.tensorboard),
      ...sinks,
    ]),
  )
  const train = trainDiva(config, observers).pipe(Effect.provide(services))
  const write = (state: RunState) =>
    writeWeights(isFinished(config, state) ? files.clip : unfinishedClip(folder), trainedClip(config, state))
  const state = yield* train.pipe(
    Effect.onExit((exit) => manifest.complete(exit)),
    Effect.onInterrupt(() => Effect.ignore(Effect.provide(writeNewest(write), services))),
  )
  yield* write(state)
  if (isFinished(config, state)) {
    const { files: stored } = yield* storage
    yield* Effect.ignore(stored.remove(unfinishedClip(folder), { force: true }))
  }
  return state
})
