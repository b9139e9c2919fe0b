import {
  contextShape,
  fromTensor,
  planParts,
  planWithin,
  priors,
  rows,
  trainingOf,
  type Execution,
  type PlannedPart,
  type PriorName,
  type Training,
  type TrainingPlan,
} from "@diva/diva"
import { clipParameters, parameterCount, sdTextParameters, type ClipRow } from "@diva/models"
import type { Precision } from "@diva/tensor"
import { Effect } from "effect"
import type { PlanLimits } from "./planLimits.ts"

/** Which part of a row's training to plan. */
export interface RowRequest {
  readonly prior: PriorName
  readonly batch: number
  readonly f16Frozen: boolean
  /** Bytes of device memory that a run may take. */
  readonly memoryBudget?: number
  /** How exactly the step multiplies; highest. */
  readonly precision?: Precision
}

/** A row's micro-step at full size, as planned for an adapter. */
export interface PlannedRow {
  readonly row: ClipRow
  readonly title: string
  readonly request: RowRequest
  readonly adapter: string
  readonly plan: TrainingPlan
  /** How the micro-step is computed. */
  readonly execution: Execution
  /** Visual tokens that the diffusion model sees, and their width. */
  readonly context: { readonly tokens: number; readonly width: number }
  /** Numbers of the whole CLIP, of its image tower and of the text encoder that embeds the constant prompt. */
  readonly parameters: { readonly clip: number; readonly imageTower: number; readonly textEncoder: number }
}

const trainingFor = (row: ClipRow, { prior, batch, f16Frozen, memoryBudget, precision }: RowRequest): Training =>
  trainingOf(
    { ...rows[row], prior: priors[prior] },
    {
      imagesPerUpdate: batch,
      batchSize: batch,
      ...(f16Frozen ? { frozenStorage: "f16" as const } : {}),
      ...(memoryBudget === undefined ? {} : { memoryBudget }),
      ...(precision === undefined ? {} : { precision }),
    },
  )

const parametersOf = ({ configs: { clip, text }, method }: Training): PlannedRow["parameters"] => ({
  clip: parameterCount(clipParameters(clip)),
  imageTower: parameterCount(method.models.image.parameters),
  textEncoder: parameterCount(sdTextParameters(text)),
})

/** Plans a row's micro-step; takes seconds. Errors: `MemoryBudgetTooSmall`, any `TensorError`. */
export const planRow = Effect.fn("planRow")(function* (
  row: ClipRow,
  request: RowRequest,
  { adapter, limits }: PlanLimits,
) {
  const training = trainingFor(row, request)
  const [, tokens = 0, width = 0] = contextShape(training)
  const planned: PlannedRow = {
    row,
    title: rows[row].title,
    request,
    adapter,
    ...(yield* planWithin(training, limits)),
    context: { tokens, width },
    parameters: parametersOf(training),
  }
  return planned
})

/** The parts of a planned row; plans its models one by one. Errors: any `TensorError`. */
export const planRowParts = Effect.fn("planRowParts")(function* (
  { row, request, plan, execution }: PlannedRow,
  to: PlanLimits,
) {
  const config = { ...trainingFor(row, request), execution }
  const parts: readonly PlannedPart[] = yield* fromTensor(() => planParts(config, plan, to.limits))
  return parts
})
