import { Effect, Layer } from "effect"
import { Checkpoints } from "../checkpoint/checkpoints.ts"
import { fromEither } from "../fromEither.ts"
import type { Shards } from "../data/index.ts"
import type { Gpu } from "../gpu/gpu.ts"
import type { ArraysOf } from "../gpu/machineArray.ts"
import type { Frozen, Trainable } from "../objective/microStep.ts"
import { runFiles } from "../run/runFiles.ts"
import { Events } from "../train/observe/events.ts"
import { frozenWeights } from "../train/machine/machine.ts"
import { machineRunner } from "../train/machine/machineRun.ts"
import { unflatten } from "../train/machine/parameterTrees.ts"
import type { TrainError } from "../train/trainError.ts"
import { firstState, startState, type StartState } from "../train/startState.ts"
import type { TrainConfig } from "../train/config/trainConfig.ts"
import { putWeights } from "../weights/putWeights.ts"
import { firstExamples, makePictures, programsOf, type PictureOptions } from "./pictureObserver.ts"

export interface PicturesOfRun extends Pick<PictureOptions, "vae" | "decoder" | "count"> {
  /** The run's folder. */
  readonly folder: string
  /** What the run was given: its settings are compared with those of its checkpoint. */
  readonly config: TrainConfig
}

/**
 * Makes the pictures of a run that was trained without any (`pictureObserver`): of the state it began with, and of its newest checkpoint.
 * Writes them where the observer would have. Gives the updates of the newest state.
 * Errors: those with which the run would begin, those of `Shards`, any `TensorError`, file errors.
 */
export const picturesOfRun: (wanted: PicturesOfRun) => Effect.Effect<number, TrainError, Gpu | Shards> = Effect.fn(
  "picturesOfRun",
)(
  function* ({ folder, config, vae, decoder, count }) {
    const files = runFiles(folder)
    const { state, config: settled } = yield* startState(config).pipe(
      Effect.provide(Layer.merge(Checkpoints.layerFolder(files.checkpoints), Events.layerOf([]))),
    )
    const { method, imageSize, seed } = settled
    const options: PictureOptions = { folder: files.pictures, count, every: 1, method, imageSize, vae, decoder, seed }
    const examples = yield* firstExamples(count)
    const programs = programsOf(options)
    const frozen = (yield* putWeights<Frozen>(yield* frozenWeights(settled))) as ArraysOf<Frozen>
    let trainable: ArraysOf<Trainable> | undefined
    const run = yield* machineRunner(() => ({ trainable: trainable!, frozen }))
    // One tower at a time is on the machine; the programs stay.
    const picture = Effect.fnUntraced(function* ({ update, parameters }: StartState) {
      trainable = (yield* putWeights<Trainable>(
        yield* fromEither(unflatten(settled, parameters)),
      )) as ArraysOf<Trainable>
      yield* makePictures(options, programs, examples, { run, update })
    }, Effect.scoped)
    yield* picture(firstState(settled, state.settings))
    if (state.update > 0) yield* picture(state)
    return state.update
  },
  Effect.scoped,
  Effect.provide(Events.layerOf([])),
)
