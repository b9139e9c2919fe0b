import { Effect } from "effect"
import { fromEither, fromTensor } from "../fromEither.ts"
import { Gpu } from "../gpu/gpu.ts"
import { defaultExecution, type Execution } from "../objective/execution.ts"
import { budgetTooSmall, executionWithin } from "./memoryBudget.ts"
import { planTraining } from "./planTraining.ts"
import { savedExecution, type Settings } from "./settings.ts"
import type { TrainConfig } from "./trainConfig.ts"

/** What a new run does: as told, or the fastest that stays within its memory. */
const chosen = Effect.fnUntraced(function* (config: TrainConfig) {
  const { limits } = yield* Gpu
  const { execution, memoryBudget, batchSize, method } = config
  if (execution !== undefined) return execution
  if (memoryBudget === undefined || limits === undefined) return defaultExecution(batchSize, method.switches.trainSteps)
  const found = yield* fromTensor(() => executionWithin(config, memoryBudget, (each) => planTraining(each, limits)))
  return (yield* fromEither(found)).execution
})

/** A run goes on as it began: another execution would round otherwise. It must still fit. */
const kept = Effect.fnUntraced(function* (config: TrainConfig, execution: Execution) {
  const { limits } = yield* Gpu
  const { memoryBudget } = config
  if (memoryBudget === undefined || limits === undefined) return execution
  const { peakBytes } = yield* fromTensor(() => planTraining({ ...config, execution }, limits))
  if (peakBytes > memoryBudget) return yield* budgetTooSmall(config, memoryBudget, peakBytes)
  return execution
})

/**
 * A run's configuration with its execution settled: that of the run it goes on with (`saved`: its settings), the configured
 * one, or the fastest within its memory budget. Machines that predict no memory (the interpreter) meet no budget.
 * Errors: `MemoryBudgetTooSmall`, any `TensorError` of planning.
 */
export const settleExecution = Effect.fn("settleExecution")(function* (config: TrainConfig, saved?: Settings) {
  const before = saved === undefined ? undefined : savedExecution(saved)
  const execution = before === undefined ? yield* chosen(config) : yield* kept(config, before)
  return config.execution === undefined ? { ...config, execution } : config
})
