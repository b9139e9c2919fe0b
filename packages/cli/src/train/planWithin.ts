import {
  executionOf,
  executionWithin,
  fromEither,
  fromTensor,
  planTraining,
  type PlannedConfig,
  type PlannedExecution,
  type TrainConfig,
} from "@diva/diva"
import type { PlanFor } from "@diva/tensor"
import { Effect } from "effect"

/** A planned configuration that may say how much memory there is. */
export type BudgetedConfig = PlannedConfig & Pick<TrainConfig, "memoryBudget">

/** Plans a micro-step as a run would compute it. Errors: `MemoryBudgetTooSmall`, any `TensorError`. */
export const planWithin = Effect.fn("planWithin")(function* (config: BudgetedConfig, limits: PlanFor) {
  const { memoryBudget } = config
  if (memoryBudget !== undefined && config.execution === undefined)
    return yield* fromEither(
      yield* fromTensor(() => executionWithin(config, memoryBudget, (each) => planTraining(each, limits))),
    )
  const execution = executionOf(config)
  const planned: PlannedExecution = {
    execution,
    plan: yield* fromTensor(() => planTraining({ ...config, execution }, limits)),
  }
  return planned
})
