import {
  contextShape,
  divaModels,
  fromEither,
  fromTensor,
  planParts,
  planTraining,
  referenceSwitches,
  rowConfigs,
  rowOf,
  stableDiffusionPrompts,
  type ModelConfigs,
  type PlannedConfig,
  type PlannedPart,
  type PriorName,
  type TrainingPlan,
} from "@diva/diva"
import { clipParameters, parameterCount, sdTextParameters, type ClipRow } from "@diva/models"
import { Effect } from "effect"
import type { PlanLimits } from "./planLimits.ts"

/** What of a row's training is to be planned. */
export interface RowRequest {
  readonly prior: PriorName
  readonly batch: number
  readonly f16Frozen: boolean
}

/** A row's micro-step at full size, as planned for an adapter. */
export interface PlannedRow {
  readonly row: ClipRow
  readonly title: string
  readonly request: RowRequest
  readonly adapter: string
  readonly plan: TrainingPlan
  /** Visual tokens that the diffusion model sees, and their width. */
  readonly context: { readonly tokens: number; readonly width: number }
  /** Numbers of the whole CLIP, of its image tower and of the text encoder that embeds the constant prompt. */
  readonly parameters: { readonly clip: number; readonly imageTower: number; readonly textEncoder: number }
}

const trainedEdge = 512

const configOf = (row: ClipRow, configs: ModelConfigs, { batch, f16Frozen }: RowRequest): PlannedConfig => ({
  method: {
    models: divaModels(configs),
    condition: rowOf(row).condition,
    switches: referenceSwitches,
    accumulation: 1,
  },
  promptIds: stableDiffusionPrompts,
  batchSize: batch,
  imageSize: trainedEdge,
  ...(f16Frozen ? { frozenStorage: "f16" as const } : {}),
})

const parametersOf = ({ clip, text }: ModelConfigs, { method }: PlannedConfig): PlannedRow["parameters"] => ({
  clip: parameterCount(clipParameters(clip)),
  imageTower: parameterCount(method.models.image.parameters),
  textEncoder: parameterCount(sdTextParameters(text)),
})

/** Plans a row's micro-step; takes seconds. Errors: any `TensorError`. */
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
    plan: yield* fromTensor(() => planTraining(config, limits)),
    context: { tokens, width },
    parameters: parametersOf(configs, config),
  }
  return planned
})

/** The parts of a planned row; plans its models one by one. Errors: any `TensorError`. */
export const planRowParts = Effect.fn("planRowParts")(function* ({ row, request, plan }: PlannedRow, to: PlanLimits) {
  const config = configOf(row, yield* fromEither(rowConfigs(row, request.prior)), request)
  const parts: readonly PlannedPart[] = yield* fromTensor(() => planParts(config, plan, to.limits))
  return parts
})
