import { describe, expect, it } from "vitest"
import {
  attention,
  estimate,
  knownAdapters,
  matmul,
  modelFor,
  planningFor,
  planOf,
  softmax,
  type Estimate,
  type KnownAdapter,
  type Precision,
  type Tensor,
} from "../../src/index.ts"
import { modelOf } from "../../src/adapter/models.ts"

const f32 = (...shape: number[]) => ({ shape, dtype: "f32" as const })

const program = ({ a, b }: { readonly a: Tensor; readonly b: Tensor }): Tensor => softmax(matmul(a, b))

const estimated = (adapter: KnownAdapter, size: number, precision: Precision = "highest"): Estimate => {
  const facts = knownAdapters[adapter]
  const model = modelFor(facts, adapter)
  const planning = planningFor(facts, { model })
  return estimate(planOf(program, { a: f32(size, size), b: f32(size, size) }, planning, { precision }), model)
}

describe("an estimate", () => {
  it("adds up to what its families take, and counts every dispatch", () => {
    const { seconds, dispatches, families, kernels } = estimated("nvidia-h200", 1024)
    expect(families.reduce((sum, family) => sum + family.seconds, 0)).toBeCloseTo(seconds, 12)
    expect(families.reduce((sum, family) => sum + family.dispatches, 0)).toBe(dispatches)
    expect(kernels.reduce((sum, kernel) => sum + kernel.seconds, 0)).toBeCloseTo(seconds, 12)
    expect(kernels.reduce((sum, kernel) => sum + kernel.dispatches, 0)).toBe(dispatches)
    expect(new Set(kernels.map(({ family }) => family))).toEqual(new Set(families.map(({ family }) => family)))
    expect(families.map(({ family }) => family)).toContain("contract")
    expect(families.map(({ seconds }) => seconds)).toEqual(
      families.map(({ seconds }) => seconds).toSorted((a, b) => b - a),
    )
  })

  it("is no less than moving the bytes takes, nor than the arithmetic at the model's best rate", () => {
    const model = modelFor(knownAdapters["nvidia-h200"], "nvidia-h200")
    for (const { seconds, bytes, flops, dispatches } of estimated("nvidia-h200", 4096).families) {
      expect(seconds).toBeGreaterThanOrEqual(dispatches * model.dispatch + bytes / model.bytes)
      expect(seconds).toBeGreaterThanOrEqual(flops / Math.max(...Object.values(model.rates)))
    }
  })

  it("knows a card by its device's name where the implementation tells no architecture", () => {
    const found = { vendor: "nvidia", architecture: "", description: "NVIDIA: 580.159.04 580.159.4.0" }
    const facts = knownAdapters["nvidia-h200"]
    expect(modelOf({ ...found, device: "nvidia-h200" }, facts).name).toBe("nvidia hopper")
    expect(modelOf({ ...found, device: "nvidia-h100-80gb-hbm3" }, facts).name).toBe("nvidia hopper")
    expect(modelOf({ ...found, device: "nvidia-l4" }, facts).name).toBe("gpu with matrix units")
    expect(modelOf({ ...found, device: "nvidia-h200", architecture: "hopper" }, facts).name).toBe("nvidia hopper")
  })

  it("is of the adapter's own model: a card is faster than a processor, and nothing is faster with more exact sums", () => {
    expect(estimated("nvidia-h200", 1024)).toMatchObject({ model: "nvidia hopper" })
    expect(estimated("apple-m", 1024).model).toBe("gpu with matrix units")
    expect(estimated("llvmpipe", 1024).seconds).toBeGreaterThan(10 * estimated("nvidia-h200", 1024).seconds)
    const [highest, high, medium] = (["highest", "high", "medium"] as const).map(
      (precision) => estimated("nvidia-h200", 4096, precision).seconds,
    ) as [number, number, number]
    expect(high).toBeLessThanOrEqual(highest)
    expect(medium).toBeLessThanOrEqual(high)
  })

  it("expects of one attention what its way says", () => {
    const planning = planningFor(knownAdapters["nvidia-h200"])
    const shape = f32(1, 5, 512, 64)
    const plan = planOf(
      ({ q, k, v }: { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor }) => attention(q, k, v),
      { q: shape, k: shape, v: shape },
      planning,
    )
    expect(plan.steps.find(({ family }) => family === "attention")!.expectedSeconds).toBeGreaterThan(0)
  })
})
