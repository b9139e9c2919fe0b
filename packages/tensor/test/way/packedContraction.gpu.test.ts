import { describe, expect, it } from "vitest"
import { add, gelu, knownAdapters, matmul, modelFor, openDevice, planOf, transpose } from "../../src/index.ts"
import { planningFor } from "../../src/plan/planning.ts"
import { bothOf, computed, factsWith, noise, picking, specsOf, type MatrixCase } from "./matrixCases.ts"

const opened = async (way: string) => {
  const picker = picking(way)
  picker.isWanted = ({ rows, parts, held }) => rows === 32 && parts === 1 && held === 2
  const planFor = factsWith("nvidia", { writesMatricesOut: true })
  return { picker, device: await openDevice({ planFor, choose: picker.choose }) }
}

const halving = await openDevice().then(async (device) => {
  const f16 = device.planning.facts.f16 === true
  await device.close()
  return f16
})

/** A rest in each extent, the last step of depth no whole one. */
const layer: MatrixCase = {
  program: ({ x, w, c }) => gelu(add(matmul(x!, transpose(w!)), c!)),
  shapes: { x: [2, 35, 71], w: [67, 71], c: [67] },
  frozen: ["w"],
}

const cases: readonly (readonly [string, MatrixCase])[] = [
  ["x·wᵀ in a batch, with a tail", layer],
  [
    "its gradient in x, of whole steps",
    { program: ({ g, w }) => matmul(g!, w!), shapes: { g: [35, 96], w: [96, 52] }, frozen: ["w"] },
  ],
  ["w·x in a batch", { program: ({ w, x }) => matmul(w!, x!), shapes: { w: [33, 40], x: [2, 40, 36] }, frozen: ["w"] }],
]

describe.skipIf(!halving)("products with a packed weight, written out:", () => {
  it.each(cases)("%s", async (_name, one) => {
    const { device: given } = await opened("packedHalf")
    await using device = given
    const { error, steps } = await computed(device, one, "medium")
    expect(steps.map(({ choice }) => choice.way)).toContain("packedHalf")
    expect(error).toBeLessThan(1e-3)
  })

  it("lose nothing to f16's range", async () => {
    const { device: given } = await opened("packedHalf")
    await using device = given
    const sizes: Readonly<Record<string, number>> = { x: 1e-8, w: 1e5, c: 1e-3 }
    expect((await computed(device, layer, "medium", (name) => sizes[name]!)).error).toBeLessThan(1e-3)
  })

  it("keep NaN and ∞ of a weight to its own columns, beside rows and depths that fill the last fragments", async () => {
    const { device: given } = await opened("packedHalf")
    await using device = given
    const w = noise([67, 71], 2)
    w.data[3 * 71 + 70] = NaN
    w.data[66 * 71 + 64] = Infinity
    const linear = { ...layer, program: ({ x, w, c }) => add(matmul(x!, transpose(w!)), c!) } satisfies MatrixCase
    const { got, want } = await bothOf(device, linear, "medium", {
      x: noise([2, 35, 71], 1),
      w,
      c: noise([67], 3),
    })
    const finite = (data: ArrayLike<number>) => Array.from(data, (value) => Number.isFinite(value))
    expect(finite(got.data)).toEqual(finite(want.data))
    expect(finite(got.data)).toContain(false)
  })
})

const facts = knownAdapters["nvidia-h200"]
const card = planningFor(facts, { model: modelFor(facts, "nvidia-h200") })

/** A layer and its gradient, large enough for matrix units. */
const both = ({ x, g, w }: Readonly<Record<"x" | "g" | "w", Parameters<typeof matmul>[0]>>) => ({
  y: matmul(x, transpose(w)),
  dx: matmul(g, w),
})
const specs = specsOf({ program: ({ x }) => x!, shapes: { x: [2048, 640], g: [2048, 1280], w: [1280, 640] } }) as never
const policy = { precision: "medium" } as const

it("a layer and its gradient read one copy of a weight, which the first run packs", () => {
  const plan = planOf(both, specs, card, { ...policy, frozen: ["w"] })
  expect(plan.preparation.filter(({ label }) => label === "weight (packed)")).toHaveLength(1)
  const ways = plan.steps.flatMap((step) => (step.together ?? [step]).map(({ choice }) => choice.way))
  expect(ways.filter((way) => way === "packedHalf")).toHaveLength(2)
})

it("weights that are not frozen, or that no memory is for, are not packed in every run", () => {
  const ways = (options: Parameters<typeof planOf>[3]) => {
    const { steps, preparation } = planOf(both, specs, card, { ...policy, ...options })
    return [...preparation, ...steps].flatMap((step) => (step.together ?? [step]).map(({ choice }) => choice.way))
  }
  expect(ways({})).not.toContain("packedHalf")
  const { peakBytes } = planOf(both, specs, card, policy)
  expect(ways({ frozen: ["w"], memory: peakBytes })).not.toContain("packedHalf")
  expect(ways({ frozen: ["w"], memory: peakBytes + 2 ** 22 })).toContain("packedHalf")
})
