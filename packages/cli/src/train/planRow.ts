import {
  contextShape,
  divaModels,
  fromEither,
  fromTensor,
  planParts,
  referenceMethod,
  referenceOptimisation,
  rowConfigs,
  rowOf,
  stableDiffusionPrompts,
  type Execution,
  type ConfigSet,
  type PlannedPart,
  type PriorName,
  type TrainingPlan,
} from "@diva/diva"
import { clipParameters, parameterCount, sdTextParameters, type ClipRow } from "@diva/models"
import { Effect } from "effect"
import type { PlanLimits } from "./planLimits.ts"
import { planWithin, type BudgetedConfig } from "./planWithin.ts"

/** What of a row's training is to be planned. */
export interface RowRequest {
  readonly prior: PriorName
  readonly batch: number
  readonly f16Frozen: boolean
  /** Bytes of device memory that a run may take. */
  readonly memoryBudget?: number
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

const trainedEdge = 512

const configOf = (
  row: ClipRow,
  configs: ConfigSet,
  { batch, f16Frozen, memoryBudget }: RowRequest,
): BudgetedConfig => ({
  method: {
    ...referenceMethod(divaModels(configs)),
    condition: rowOf(row).condition,
    imagesPerUpdate: batch,
  },
  optimisation: referenceOptimisation,
  seed: 0,
  checkpointEvery: 1,
  promptIds: stableDiffusionPrompts,
  batchSize: batch,
  imageSize: trainedEdge,
  ...(f16Frozen ? { frozenStorage: "f16" as const } : {}),
  ...(memoryBudget === undefined ? {} : { memoryBudget }),
})

const parametersOf = ({ clip, text }: ConfigSet, { method }: BudgetedConfig): PlannedRow["parameters"] => ({
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
  const configs = yield* fromEither(rowConfigs(row, request.prior))
  const config = configOf(row, configs, request)
  const [, tokens = 0, width = 0] = contextShape(config)
  const planned: PlannedRow = {
    row,
    title: rowOf(row).title,
    request,
    adapter,
    ...(yield* planWithin(config, limits)),
    context: { tokens, width },
    parameters: parametersOf(configs, config),
  }
  return planned
})

/** The parts of a planned row; plans its models one by one. Errors: any `TensorError`. */
export const planRowParts = Effect.fn("planRowParts")(function* (
  { row, request, plan, execution }: PlannedRow,
  to: PlanLimits,
) {
  const config = { ...configOf(row, yield* fromEither(rowConfigs(row, request.prior)), request), execution }
  const parts: readonly PlannedPart[] = yield* fromTensor(() => planParts(config, plan, to.limits))
  return parts
})
