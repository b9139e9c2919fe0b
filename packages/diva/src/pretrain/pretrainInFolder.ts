import { DateTime, Effect, Layer, type Scope } from "effect"
import { Checkpoints } from "../checkpoint/checkpoints.ts"
import { Shards } from "../data/index.ts"
import { holdRun } from "../files/runLock.ts"
import { writeJson } from "../files/writeJson.ts"
import { Gpu } from "../gpu/gpu.ts"
import type { Json } from "../json.ts"
import { metricsFile } from "../run/metricsFile.ts"
import { provenance } from "../run/provenance.ts"
import { runFiles } from "../run/runFiles.ts"
import { tensorboardFile } from "../tensorboard/tensorboardFile.ts"
import { Events, type EventSink } from "../train/observe/events.ts"
import { contentHash, type NamedArrays } from "../weights/namedArrays.ts"
import { pretrain, type PretrainError } from "./pretrain.ts"
import { learnt, settingsRecord } from "./pretrainState.ts"
import type { Pretraining, PretrainSettings } from "./pretraining.ts"

export interface PretrainRun<Frozen> {
  readonly folder: string
  readonly pretraining: Pretraining<Frozen>
  readonly settings: PretrainSettings
  /** What decides the numbers besides: model configurations, options of the loss. */
  readonly about: Readonly<Record<string, Json>>
  readonly commandLine: readonly string[]
  readonly sinks?: readonly EventSink[]
}

/** What a pre-training in a folder gives. */
export interface PretrainedFolder {
  /** The moving average of the weights. */
  readonly weights: NamedArrays
  /** Whether the schedule has ended. */
  readonly finished: boolean
}

const now = Effect.map(DateTime.now, DateTime.formatIso)

/** What a model was learnt from and by what, as `manifest.json` says it. */
const manifestOf = Effect.fnUntraced(function* <Frozen>({
  pretraining,
  settings,
  about,
  commandLine,
}: PretrainRun<Frozen>) {
  const { manifest: shards, identity } = yield* Shards
  return {
    format: "diva-pretraining",
    version: 1,
    settings: { ...settingsRecord(pretraining.name, settings), ...about },
    data: { ...shards, ...(yield* identity) },
    begunWith: contentHash(pretraining.parameters),
    commandLine,
    machine: (yield* Gpu).info,
    ...(yield* provenance),
  }
})

/**
 * Pre-trains in a folder: `manifest.json`, `metrics.jsonl`, `tensorboard/`, `checkpoints/`. A folder that holds checkpoints is
 * resumed. Gives the learnt weights, and whether the schedule has ended. Errors: those of `pretrain`, `RunLocked`, file errors.
 */
export const pretrainInFolder = Effect.fn("pretrainInFolder")(function* <Frozen>(
  run: PretrainRun<Frozen>,
): Effect.fn.Return<PretrainedFolder, PretrainError, Gpu | Shards | Scope.Scope> {
  const { folder, pretraining, settings, sinks = [] } = run
  yield* holdRun(folder)
  const files = runFiles(folder)
  const manifest = { ...(yield* manifestOf(run)), started: yield* now }
  yield* writeJson(files.manifest, manifest)
  const services = Layer.merge(
    Checkpoints.layerFolder(files.checkpoints, { keep: 2 }),
    Events.layerOf([metricsFile(files.metrics), tensorboardFile(files.tensorboard), ...sinks]),
  )
  const state = yield* Effect.provide(pretrain(pretraining, settings), services)
  const weights = learnt(state)
  yield* writeJson(files.manifest, {
    ...manifest,
    ended: yield* now,
    updates: state.update,
    learnt: contentHash(weights),
  })
  return { weights, finished: state.update === settings.updates }
}, Effect.scoped)
