import { Effect, type Scope } from "effect"
import type { RunState } from "../checkpoint/runState.ts"
import type { Checkpoints } from "../checkpoint/checkpoints.ts"
import type { Shards } from "../data/index.ts"
import type { Gpu } from "../gpu/gpu.ts"
import { previewRun, type RunPreview } from "../run/previewRun.ts"
import { trainInFolder, type FolderRun } from "../run/trainInFolder.ts"
import { Weights } from "../sources/weights.ts"
import type { Events } from "../train/observe/events.ts"
import type { TrainConfig } from "../train/config/trainConfig.ts"
import type { TrainError } from "../train/trainError.ts"
import type { Training } from "./trainingOf.ts"

/** A training with the weights it begins with. Errors: those of weight files. */
export const withWeights = Effect.fn("withWeights")(function* ({ configs, row: _row, ...config }: Training) {
  const { modelWeights } = yield* Weights
  const { method, seed } = config
  const trainConfig: TrainConfig = { ...config, weights: yield* modelWeights({ configs, method, seed }) }
  return trainConfig
})

/** Everything of a run in a folder but its configuration. */
export type Where<E = never, R = never> = Omit<FolderRun<E, R>, "config" | "row">

/** Runs a training in a folder (`trainInFolder`) from the weights that `Weights` gives. */
export const runTraining = Effect.fn("runTraining")(function* <E = never, R = never>(
  training: Training,
  where: Where<E, R>,
): Effect.fn.Return<
  RunState,
  TrainError | E,
  Gpu | Shards | Weights | Exclude<Exclude<R, Scope.Scope>, Checkpoints | Events> | Scope.Scope
> {
  return yield* trainInFolder({ ...where, row: training.row, config: yield* withWeights(training) })
})

/** What `runTraining` would do, decided and checked by the same code (`previewRun`). */
export const previewTraining = Effect.fn("previewTraining")(function* (
  training: Training,
  folder: string,
): Effect.fn.Return<RunPreview, TrainError, Gpu | Shards | Weights | Scope.Scope> {
  return yield* previewRun(folder, yield* withWeights(training))
})
