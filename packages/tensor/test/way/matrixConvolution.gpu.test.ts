import { describe, expect, it } from "vitest"
import { openDevice, type Precision } from "../../src/index.ts"
import { computed, convolutionCases, factsWith, picking, type MatrixCase } from "./matrixCases.ts"

/** What is left of an error after rounding both operands to f16, or after splitting them. */
const allowed: Readonly<Record<string, number>> = { matrixHalf: 1e-3, matrixSplit: 1e-6 }
const precisionOf: Readonly<Record<string, Precision>> = { matrixHalf: "medium", matrixSplit: "high" }

const opened = async (way: string) => {
  const picker = picking(way)
  picker.isWanted = ({ rows, parts }) => rows === 32 && parts === 1
  const planFor = factsWith("nvidia", { writesMatricesOut: true })
  return { picker, device: await openDevice({ planFor, choose: picker.choose }) }
}

const halving = await openDevice().then(async (device) => {
  const f16 = device.planning.facts.f16 === true
  await device.close()
  return f16
})

const plain = convolutionCases["with a tail"]

const outcome = async (way: string, one: MatrixCase, size?: (name: string) => number) => {
  const { device: given } = await opened(way)
  await using device = given
  const { error, steps } = await computed(device, one, precisionOf[way]!, size)
  return { error, ways: steps.map(({ choice }) => choice.way) }
}

describe.skipIf(!halving)("convolutions by matrixHalf, products written out:", () => {
  // Each gathers its operands by a text of its own: the others are long tests.
  it.each(["with a tail", "the gradient in the weight"] as const)("%s", async (name) => {
    const { error, ways } = await outcome("matrixHalf", convolutionCases[name])
    expect(ways).toContain("matrixHalf")
    expect(error).toBeLessThan(allowed["matrixHalf"]!)
  })
})

// Gathering does not depend on how operands are rounded: all of split operands, which compile for long, is in the sweep.
describe.skipIf(!halving).each(["matrixHalf"])("convolutions by %s, products written out:", (way) => {
  it("images and weights lose nothing to f16's range", async () => {
    const { error, ways } = await outcome(way, plain, (name) => ({ x: 1e-8, w: 1e5, b: 1e-3 })[name]!)
    expect(ways).toContain(way)
    expect(error).toBeLessThan(allowed[way]!)
  })

  it("workgroups share long sums, and repeat bit for bit", async () => {
    const { picker, device: given } = await opened(way)
    await using device = given
    picker.isWanted = ({ rows, parts }) => rows === 32 && Number(parts) > 1
    const one: MatrixCase = { ...plain, shapes: { x: [2, 31, 5, 4], w: [17, 31, 3, 3], b: [17, 1, 1] } }
    const first = await computed(device, one, precisionOf[way]!)
    expect(first.steps.some(({ label }) => label.endsWith("(parts)"))).toBe(true)
    expect(first.error).toBeLessThan(allowed[way]!)
    expect((await computed(device, one, precisionOf[way]!)).got).toEqual(first.got)
  })
})
