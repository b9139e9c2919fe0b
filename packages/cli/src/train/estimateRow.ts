import {
  estimate,
  knownAdapters,
  modelFor,
  planningFor,
  precisions,
  type Estimate,
  type KnownAdapter,
  type Plan,
  type Planning,
  type Precision,
} from "@diva/tensor"
import type { ClipRow } from "@diva/models"
import { Effect } from "effect"
import type { PlanLimits } from "./planLimits.ts"
import { planRow, type RowRequest } from "./planRow.ts"

/** Adapters that can be planned for without being there. */
export const adapterNames = Object.keys(knownAdapters) as KnownAdapter[]

/** Planning for an adapter that is not there: its facts and its cost model. */
export const planningOf = (adapter: KnownAdapter, precision: Precision): Planning => {
  const facts = knownAdapters[adapter]
  return planningFor(facts, {
    facts,
    model: modelFor(facts, adapter),
    policy: { precision, halfArithmetic: false },
  })
}

/** The same as limits to plan a row for. */
export const limitsOf = (adapter: KnownAdapter, precision: Precision): PlanLimits => ({
  adapter,
  limits: planningOf(adapter, precision),
})

/** What a micro-step of one precision and batch is expected to take. */
export interface StepEstimate extends Estimate {
  readonly precision: Precision
  readonly batch: number
  readonly secondsAnImage: number
  readonly peakBytes: number
}

const estimateOf = (plan: Plan, precision: Precision, batch: number, adapter: KnownAdapter): StepEstimate => {
  const found = estimate(plan, planningOf(adapter, precision).model)
  return { precision, batch, ...found, secondsAnImage: found.seconds / batch, peakBytes: plan.peakBytes }
}

/** A row's micro-step on a known adapter, for each precision and batch; plans each, which takes seconds. */
export const estimateRow = Effect.fn("estimateRow")(function* (
  row: ClipRow,
  request: Omit<RowRequest, "batch" | "precision">,
  adapter: KnownAdapter,
  batches: readonly number[],
  onPlanned: (done: number, total: number, label: string) => Effect.Effect<void>,
) {
  const found: StepEstimate[] = []
  const total = precisions.length * batches.length
  for (const batch of batches)
    for (const precision of precisions) {
      yield* onPlanned(found.length, total, `${precision}, batch ${batch}`)
      const { plan } = yield* planRow(row, { ...request, batch, precision }, limitsOf(adapter, precision))
      found.push(estimateOf(plan.microStep, precision, batch, adapter))
    }
  return found
})
