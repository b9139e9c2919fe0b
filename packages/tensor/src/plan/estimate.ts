import type { CostModel } from "../adapter/costModel.ts"
import type { Plan, PlanStep } from "./plan.ts"

/** What the dispatches of one family are expected to take together. */
export interface FamilyEstimate {
  readonly family: string
  readonly dispatches: number
  readonly seconds: number
  readonly flops: number
  readonly bytes: number
}

/** What a plan is expected to take on an adapter of a cost model's class, the slowest family first. */
export interface Estimate {
  readonly model: string
  readonly seconds: number
  readonly dispatches: number
  readonly families: readonly FamilyEstimate[]
}

/** The way's own figure, but no less than moving the bytes takes. */
const stepSeconds = ({ expectedSeconds, bytes }: PlanStep, { dispatch, bytes: rate }: CostModel): number =>
  Math.max(expectedSeconds, dispatch + bytes / rate)

const addStep = (sum: FamilyEstimate, step: PlanStep, model: CostModel): FamilyEstimate => ({
  family: sum.family,
  dispatches: sum.dispatches + 1,
  seconds: sum.seconds + stepSeconds(step, model),
  flops: sum.flops + step.flops,
  bytes: sum.bytes + step.bytes,
})

/** Adds up what the cost model says of each dispatch: an arithmetic of figures measured elsewhere, no measurement. */
export const estimate = ({ steps }: Plan, model: CostModel): Estimate => {
  const families = new Map<string, FamilyEstimate>()
  for (const step of steps) {
    const { family } = step
    const sum = families.get(family) ?? { family, dispatches: 0, seconds: 0, flops: 0, bytes: 0 }
    families.set(family, addStep(sum, step, model))
  }
  const all = [...families.values()].toSorted((a, b) => b.seconds - a.seconds)
  return {
    model: model.name,
    seconds: all.reduce((sum, { seconds }) => sum + seconds, 0),
    dispatches: steps.length,
    families: all,
  }
}
