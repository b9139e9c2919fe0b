import type { CostModel } from "../adapter/costModel.ts"
import { longestChain } from "./dependence.ts"
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
  /** Dispatches of the longest chain in which each needs the one before. */
  readonly chain: number
  readonly families: readonly FamilyEstimate[]
  readonly kernels: readonly KernelEstimate[]
}

/** The way's own figure, but no less than moving the bytes takes. */
const stepSeconds = ({ expectedSeconds, bytes }: PlanStep, { dispatch, bytes: rate }: CostModel): number =>
  Math.max(expectedSeconds, dispatch + bytes / rate)

/** Steps one by one, those that share a launch as well: it is counted with the first of them, and its dispatch is paid once. */
interface Counted {
  readonly step: PlanStep
  readonly dispatches: 0 | 1
}

const countedOf = (steps: readonly PlanStep[]): readonly Counted[] =>
  steps.flatMap((step) =>
    (step.together ?? [step]).map((each, i): Counted => ({ step: each, dispatches: i === 0 ? 1 : 0 })),
  )

const nothing: Expected = { dispatches: 0, seconds: 0, flops: 0, bytes: 0 }

const withStep = (sum: Expected, { step, dispatches }: Counted, model: CostModel): Expected => ({
  dispatches: sum.dispatches + dispatches,
  seconds: sum.seconds + stepSeconds(step, model) - (1 - dispatches) * model.dispatch,
  flops: sum.flops + step.flops,
  bytes: sum.bytes + step.bytes,
})

/** The dispatches that `nameOf` names alike, added up; the slowest first. */
const addedUp = <Name extends object>(
  steps: readonly Counted[],
  model: CostModel,
  nameOf: (step: PlanStep) => Name,
): readonly (Name & Expected)[] => {
  const sums = new Map<string, Name & Expected>()
  for (const counted of steps) {
    const name = nameOf(counted.step)
    const key = JSON.stringify(name)
    sums.set(key, { ...name, ...withStep(sums.get(key) ?? nothing, counted, model) })
  }
  return [...sums.values()].toSorted((a, b) => b.seconds - a.seconds)
}

const kernelOf = ({ family, choice, label }: PlanStep) => ({ family, way: String(choice["way"] ?? ""), label })

/** Adds up what the cost model says of each dispatch: an arithmetic of figures measured elsewhere, no measurement. */
export const estimate = ({ steps, values }: Plan, model: CostModel): Estimate => {
  const counted = countedOf(steps)
  const families = addedUp(counted, model, ({ family }) => ({ family }))
  return {
    model: model.name,
    seconds: families.reduce((sum, { seconds }) => sum + seconds, 0),
    dispatches: steps.length,
    chain: longestChain(steps, values),
    families,
    kernels: addedUp(counted, model, kernelOf),
  }
}
