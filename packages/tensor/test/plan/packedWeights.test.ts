import { describe, expect, it } from "vitest"
import { conv2d, knownAdapters, planOf, type Tensor } from "../../src/index.ts"
import type { PlanStep } from "../../src/plan/plan.ts"
import { planningFor } from "../../src/plan/planning.ts"
import { separateSteps } from "./separateSteps.ts"

interface Args {
  readonly x: Tensor
  readonly w: Tensor
}

const specs = { x: { shape: [1, 320, 64, 64], dtype: "f32" }, w: { shape: [320, 320, 3, 3], dtype: "f32" } } as const
const card = planningFor(knownAdapters["nvidia-h200"]!, { policy: { precision: "medium", halfArithmetic: false } })
const convolved = ({ x, w }: Args): Tensor => conv2d(x, w, { padding: 1 })
const planned = (options: object) => planOf(convolved, specs, card, options)
/** What is computed, in launches that steps share as well. */
const labels = (steps: readonly PlanStep[]): readonly string[] => separateSteps(steps).map(({ label }) => label)

describe("weights of a convolution on matrix units", () => {
  it("are packed in the first run where they are frozen", () => {
    const { preparation, steps } = planned({ frozen: ["w"] })
    expect(labels(preparation)).toContain("weight (packed)")
    expect(labels(steps)).toContain("conv2d")
    expect(labels(steps)).not.toContain("weight (packed)")
  })

  it("are packed in every run where they change, or where memory does not hold two forms of them", () => {
    const free = planned({ frozen: ["w"] })
    for (const plan of [planned({}), planned({ frozen: ["w"], memory: free.peakBytes - 1 })]) {
      expect(labels(plan.preparation)).not.toContain("weight (packed)")
      expect(labels(plan.steps)).toContain("weight (packed)")
    }
  })

  it("make packing worth it on a small image only where they are frozen", () => {
    const small = { ...specs, x: { shape: [1, 320, 16, 16], dtype: "f32" } } as const
    const ways = (options: object) =>
      planOf(convolved, small, card, options).steps.map(({ choice }) => String(choice["way"]))
    expect(ways({ frozen: ["w"] })).toContain("packedHalf")
    expect(ways({})).not.toContain("packedHalf")
  })

  it("are all that is packed where an image's rows lie in whole vectors", () => {
    const narrow = { ...specs, x: { shape: [1, 320, 63, 63], dtype: "f32" } } as const
    expect(labels(planOf(convolved, narrow, card, { frozen: ["w"] }).steps)).toContain("image (packed)")
    expect(labels(planned({ frozen: ["w"] }).steps)).not.toContain("image (packed)")
  })

  it("count the work of a convolution at its product, not at packing", () => {
    const { steps } = planned({ frozen: ["w"] })
    const flops = steps.filter((step) => step.flops > 1e9).map(({ label }) => label)
    expect(flops).toEqual(["conv2d"])
  })
})
