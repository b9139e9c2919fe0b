import { Effect, Layer } from "effect"
import { Checkpoints } from "../checkpoint/checkpoints.ts"
import type { Shards } from "../data/index.ts"
import { doing, doingInOnePiece } from "../doing.ts"
import { Gpu } from "../gpu/gpu.ts"
import { Events } from "../train/observe/events.ts"
import type { PlannedExecution } from "../train/plan/memoryBudget.ts"
import { planWithin } from "../train/plan/settleExecution.ts"
import { requirePictures, startState } from "../train/startState.ts"
import type { TrainConfig } from "../train/config/trainConfig.ts"
import type { TrainError } from "../train/trainError.ts"
import { runFiles } from "./runFiles.ts"

/** What a run would do. */
export interface RunPreview {
  readonly config: TrainConfig
  /** Updates done already. */
  readonly from: number
  /** How a micro-step would be computed, and what it would take; absent on machines that plan nothing. */
  readonly planned: PlannedExecution | undefined
}

/**
 * Decides what a run in a folder would do, by the code that the run decides by, and checks what it checks: that parts fit each other,
 * weights the models and settings the checkpoint, that the data have pictures. Computes and writes nothing.
 * Errors: those with which the run would begin.
 */
export const previewRun = Effect.fn("previewRun")(function* (
  folder: string,
  config: TrainConfig,
): Effect.fn.Return<RunPreview, TrainError, Gpu | Shards> {
  const { limits } = yield* Gpu
  const services = Layer.merge(Checkpoints.layerFolder(runFiles(folder).checkpoints), Events.layerOf([]))
  yield* doing("checking what the run begins with")
  const begun = yield* startState(config).pipe(Effect.provide(services))
  yield* requirePictures(begun.state)
  if (limits !== undefined) yield* doingInOnePiece("planning the micro-step")
  const planned = limits === undefined ? undefined : yield* planWithin(begun.config, limits)
  return { config: begun.config, from: begun.state.update, planned }
})
