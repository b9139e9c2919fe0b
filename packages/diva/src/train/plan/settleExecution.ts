import { Effect } from "effect"
import { planningFor, type PlanFor } from "@diva/tensor"
import * as E from "fp-ts/lib/Either.js"
import { fromEither, fromTensor } from "../../fromEither.ts"
import { doingInOnePiece } from "../../doing.ts"
import { Gpu } from "../../gpu/gpu.ts"
import { defaultExecution, latentsTogether, type Execution } from "../../objective/execution.ts"
import { budgetTooSmall, executionWithin, type PlannedExecution } from "./memoryBudget.ts"
import type { PlannedConfig } from "./microProgram.ts"
import { latentShape, planTraining } from "./planTraining.ts"
import { savedExecution, type Settings } from "../config/settings.ts"

/** An execution, with its plan where deciding took one. */
type Decided = Pick<PlannedExecution, "execution"> & Partial<PlannedExecution>

/** Share of an adapter's memory that a step may take where nobody has said: the rest is left to others. */
const memoryShare = 0.75

/** Rows of the UNet's first level that fill a processor: four latents of 512 pixels in Stable Diffusion. */
const rowsTogether = latentsTogether * 64 * 64

/** Latents that are worth computing together: on GPUs all that fit, on a processor more where they are small. */
const latentsFor = (config: PlannedConfig, limits: PlanFor): number => {
  if (planningFor(limits).facts.isSoftware !== true) return Infinity
  const [, , rows = 1, columns = 1] = latentShape(config)
  return Math.max(latentsTogether, Math.floor(rowsTogether / (rows * columns)))
}

/** What a new run does: as told, or the fastest that stays within its memory; an adapter's own, where that is known. */
const chosen = Effect.fnUntraced(function* (config: PlannedConfig, limits: PlanFor | undefined) {
  const { execution, memoryBudget, batchSize, method } = config
  const { trainSteps } = method.switches
  if (execution !== undefined) return { execution } as Decided
  if (limits === undefined) return { execution: defaultExecution(batchSize, trainSteps) } as Decided
  const latents = yield* fromTensor(() => latentsFor(config, limits))
  const unasked: Decided = { execution: defaultExecution(batchSize, trainSteps, latents) }
  const within = (bytes: number) =>
    fromTensor(() => executionWithin(config, bytes, (each) => planTraining(each, limits), latents))
  const { memory } = planningFor(limits).model
  if ((memoryBudget ?? memory) !== undefined) yield* doingInOnePiece("planning ways to compute the micro-step")
  if (memoryBudget !== undefined) return (yield* fromEither(yield* within(memoryBudget))) as Decided
  if (memory === undefined) return unasked
  return E.getOrElse((): Decided => unasked)(yield* within(memoryShare * memory))
})

/** A run is resumed as it began: another execution would round differently. It must still fit. */
const kept = Effect.fnUntraced(function* (config: PlannedConfig, limits: PlanFor | undefined, execution: Execution) {
  const { memoryBudget } = config
  if (memoryBudget === undefined || limits === undefined) return { execution } as Decided
  const plan = yield* fromTensor(() => planTraining({ ...config, execution }, limits))
  if (plan.peakBytes > memoryBudget) return yield* budgetTooSmall(config, memoryBudget, plan.peakBytes)
  return { execution, plan } as Decided
})

/** That of the run it resumes (`saved`: its settings), the configured one, or the fastest within its memory budget. */
const decide = (config: PlannedConfig, limits: PlanFor | undefined, saved: Settings | undefined) => {
  const before = saved === undefined ? undefined : savedExecution(saved)
  return before === undefined ? chosen(config, limits) : kept(config, limits, before)
}

/**
 * A run's configuration with its execution settled. Machines that predict no memory (the interpreter) meet no budget.
 * Errors: `MemoryBudgetTooSmall`, any `TensorError` of planning.
 */
export const settleExecution = Effect.fn("settleExecution")(function* <Config extends PlannedConfig>(
  config: Config,
  saved?: Settings,
) {
  const { execution } = yield* decide(config, (yield* Gpu).limits, saved)
  return config.execution === undefined ? { ...config, execution } : config
})

/** Plans a micro-step as a run would compute it. Errors: `MemoryBudgetTooSmall`, any `TensorError`. */
export const planWithin = Effect.fn("planWithin")(function* (config: PlannedConfig, limits: PlanFor, saved?: Settings) {
  const { execution, plan } = yield* decide(config, limits, saved)
  const planned: PlannedExecution = {
    execution,
    plan: plan ?? (yield* fromTensor(() => planTraining({ ...config, execution }, limits))),
  }
  return planned
})
