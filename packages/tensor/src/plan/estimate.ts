import type { CostModel } from "../adapter/costModel.ts"
import type { Plan, PlanStep } from "./plan.ts"

/** What some dispatches are expected to take together. */
export interface Expected {
  readonly dispatches: number
  readonly seconds: number
  readonly flops: number
  readonly bytes: number
}

/** The dispatches of one family. */
export interface FamilyEstimate extends Expected {
  readonly family: string
}

/** The dispatches of one family that compute the same ops in the same way. */
export interface KernelEstimate extends Expected {
  readonly family: string
  /** How it was chosen to compute. */
  readonly way: string
  /** The ops it computes, as plans name them. */
  readonly label: string
}

/** What a plan is expected to take on an adapter of a cost model's class, the slowest family and kernel first. */
export interface Estimate extends Omit<Expected, "flops" | "bytes"> {
  readonly model: string
  readonly families: readonly FamilyEstimate[]
  readonly kernels: readonly KernelEstimate[]
}

/** The way's own figure, but no less than moving the bytes takes. */
const stepSeconds = ({ expectedSeconds, bytes }: PlanStep, { dispatch, bytes: rate }: CostModel): number =>
  Math.max(expectedSeconds, dispatch + bytes / rate)

const nothing: Expected = { dispatches: 0, seconds: 0, flops: 0, bytes: 0 }

const withStep = (sum: Expected, step: PlanStep, model: CostModel): Expected => ({
  dispatches: sum.dispatches + 1,
  seconds: sum.seconds + stepSeconds(step, model),
  flops: sum.flops + step.flops,
  bytes: sum.bytes + step.bytes,
})

/** The dispatches that `nameOf` names alike, added up; the slowest first. */
const addedUp = <Name extends object>(
  steps: readonly PlanStep[],
  model: CostModel,
  nameOf: (step: PlanStep) => Name,
): readonly (Name & Expected)[] => {
  const sums = new Map<string, Name & Expected>()
  for (const step of steps) {
    const name = nameOf(step)
    const key = JSON.stringify(name)
    sums.set(key, { ...name, ...withStep(sums.get(key) ?? nothing, step, model) })
  }
  return [...sums.values()].toSorted((a, b) => b.seconds - a.seconds)
}

const kernelOf = ({ family, choice, label }: PlanStep) => ({ family, way: String(choice["way"] ?? ""), label })

/** Adds up what the cost model says of each dispatch: an arithmetic of figures measured elsewhere, no measurement. */
export const estimate = ({ steps }: Plan, model: CostModel): Estimate => {
  const families = addedUp(steps, model, ({ family }) => ({ family }))
  return {
    model: model.name,
    seconds: families.reduce((sum, { seconds }) => sum + seconds, 0),
    dispatches: steps.length,
    families,
    kernels: addedUp(steps, model, kernelOf),
  }
}
