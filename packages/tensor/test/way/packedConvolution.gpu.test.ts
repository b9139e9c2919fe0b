import { describe, expect, it } from "vitest"
import { add, conv2d, gelu, openDevice, type Precision } from "../../src/index.ts"
import { conv2dInput } from "../../src/ops/conv2dInput.ts"
import { computed, factsWith, picking, type MatrixCase } from "./matrixCases.ts"

/** What is left of an error after rounding both operands to f16, or after splitting them. */
const allowed: Readonly<Record<string, number>> = { packedHalf: 1e-3, packedSplit: 1e-6 }
const precisionOf: Readonly<Record<string, Precision>> = { packedHalf: "medium", packedSplit: "high" }

const opened = async (way: string) => {
  const picker = picking(way)
  picker.isWanted = ({ rows, across, parts }) => rows === 32 && across === 16 && parts === 1
  const planFor = factsWith("nvidia", { writesMatricesOut: true })
  return { picker, device: await openDevice({ planFor, choose: picker.choose }) }
}

const halving = await openDevice().then(async (device) => {
  const f16 = device.planning.facts.f16 === true
  await device.close()
  return f16
})

const border = { stride: [1, 1], padding: [0, 2, 2, 1], groups: 1 } as const

/** A rest in channels, features, rows and columns. */
const cases = {
  "with a tail": {
    program: ({ x, w, b }) => gelu(add(conv2d(x!, w!, { padding: 1 }), b!)),
    shapes: { x: [2, 20, 7, 18], w: [33, 20, 3, 3], b: [33, 1, 1] },
  },
  "the gradient in the image, with a border that is not the same on each side": {
    program: ({ g, w }) => conv2dInput(g!, w!, [2, 34, 5, 17], border),
    shapes: { g: [2, 17, 5, 18], w: [17, 34, 3, 3] },
  },
  "of an image as it is stored, which the tail reads as well": {
    program: ({ x, w, b }) => add(conv2d(x!, w!, { padding: 1 }), add(b!, x!)),
    shapes: { x: [2, 18, 5, 20], w: [18, 18, 3, 3], b: [18, 1, 1] },
  },
} as const satisfies Readonly<Record<string, MatrixCase>>

describe.skipIf(!halving)("convolutions of packed operands, products written out:", () => {
  it.each(Object.entries(cases))("%s", async (_name, one) => {
    const { device: given } = await opened("packedHalf")
    await using device = given
    const { error, steps } = await computed(device, one, "medium")
    expect(steps.map(({ choice }) => choice.way)).toContain("packedHalf")
    const isVector = Object.values(one.shapes)[0].at(-1)! % 4 === 0
    expect(steps.some(({ label }) => label === "image (packed)")).toBe(!isVector)
    expect(error).toBeLessThan(allowed["packedHalf"]!)
  })
})

// Packing does not depend on how operands are rounded: the sweep has all cases of both.
describe.skipIf(!halving).each(["packedHalf"])("convolutions by %s, products written out:", (way) => {
  it("images and weights lose nothing to f16's range", async () => {
    const { device: given } = await opened(way)
    await using device = given
    const sizes: Readonly<Record<string, number>> = { x: 1e-8, w: 1e5, b: 1e-3 }
    const { error, steps } = await computed(device, cases["with a tail"], precisionOf[way]!, (name) => sizes[name]!)
    expect(steps.map(({ choice }) => choice.way)).toContain(way)
    expect(error).toBeLessThan(allowed[way]!)
  })

  it("workgroups share long sums, and repeat bit for bit", async () => {
    const { picker, device: given } = await opened(way)
    await using device = given
    picker.isWanted = ({ rows, across, parts }) => rows === 32 && across === 16 && Number(parts) > 1
    const one: MatrixCase = { ...cases["with a tail"], shapes: { x: [1, 31, 4, 5], w: [17, 31, 3, 3], b: [17, 1, 1] } }
    const first = await computed(device, one, precisionOf[way]!)
    expect(first.steps.some(({ label, choice }) => choice.way === way && label.endsWith("(parts)"))).toBe(true)
    expect(first.error).toBeLessThan(allowed[way]!)
    expect((await computed(device, one, precisionOf[way]!)).got).toEqual(first.got)
  })
})
