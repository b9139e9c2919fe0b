import { Data } from "effect"
import * as E from "fp-ts/lib/Either.js"
import type { Execution } from "../../objective/execution.ts"
import { executionsByTime } from "./executions.ts"
import type { PlannedConfig } from "./microProgram.ts"
import type { TrainingPlan } from "./planTraining.ts"

/** No execution of a run's micro-step, or not the one it was started with, stays within the memory it was given. */
export class MemoryBudgetTooSmall extends Data.TaggedError("MemoryBudgetTooSmall")<{
  /** Bytes that were given. */
  readonly budget: number
  /** Least bytes that a run takes. */
  readonly smallest: number
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return this.rule
  }
}

/** An execution with what it takes. */
export interface PlannedExecution {
  readonly execution: Execution
  readonly plan: TrainingPlan
}

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`

// Rounded up, so that the reported number suffices.
const enough = (bytes: number): string =>
  bytes < 2 ** 30 ? `${Math.ceil(bytes / 2 ** 20)}MiB` : `${Math.ceil((bytes / 2 ** 30) * 100) / 100}GiB`

const remedies = ({ frozenStorage, batchSize, imageSize }: PlannedConfig, smallest: number): string =>
  [
    `give ${enough(smallest)}`,
    ...(frozenStorage === "f16" ? [] : ["store frozen weights in half precision (--f16-frozen)"]),
    ...(batchSize > 1 ? ["compute fewer images together (--batch)"] : []),
    ...(imageSize > 256 ? ["train on smaller images (--image-size)"] : []),
  ].join(", or ")

/** The error of a budget that nothing fits. */
export const budgetTooSmall = (config: PlannedConfig, budget: number, smallest: number): MemoryBudgetTooSmall =>
  new MemoryBudgetTooSmall({
    budget,
    smallest,
    rule: `a micro-step takes ${gibibytes(smallest)} of device memory at least, and ${gibibytes(budget)} are allowed`,
    remedy: remedies(config, smallest),
  })

/**
 * The fastest execution whose predicted peak stays within `budget` bytes, with its plan. Candidates are planned (`planFor`:
 * `planTraining` for an adapter's limits) one by one until one fits: a plan of full size takes seconds; at most `latents` of
 * a micro-batch go through the UNet together. How frozen weights are stored changes losses, and is never chosen here.
 *
 * Errors: `MemoryBudgetTooSmall`. Throws what `planFor` throws.
 */
export const executionWithin = (
  config: PlannedConfig,
  budget: number,
  planFor: (config: PlannedConfig) => TrainingPlan,
  latents?: number,
): E.Either<MemoryBudgetTooSmall, PlannedExecution> => {
  const peaks: number[] = []
  for (const execution of executionsByTime(config.batchSize, config.method.switches.trainSteps, latents)) {
    const plan = planFor({ ...config, execution })
    if (plan.peakBytes <= budget) return E.right({ execution, plan })
    peaks.push(plan.peakBytes)
  }
  return E.left(budgetTooSmall(config, budget, Math.min(...peaks)))
}
