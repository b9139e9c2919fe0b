import { afterAll, beforeAll, expect, it } from "vitest"
import { planOf, planningFor } from "../../src/index.ts"
import { openNullDevice, type NullDevice } from "./nullDevice.ts"
import { inBlocks, turnedCases } from "./turnedCases.ts"

let nobody: NullDevice
beforeAll(async () => {
  nobody = await openNullDevice()
})
afterAll(() => nobody.close())

it("kernels of blocks that are turned over are valid WGSL, and read vectors", async () => {
  const facts = await nobody.factsOf("nvidia")
  const steps = Object.values(turnedCases).flatMap(({ shapes, results }) => {
    const specs = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { shape, dtype: "f32" }]))
    return planOf(results as never, specs as never, { ...planningFor(facts), choose: inBlocks }).steps
  })
  const texts = steps.filter(({ choice }) => choice.way === "blocks").map(({ wgsl }) => wgsl)
  expect(texts.length).toBe(Object.keys(turnedCases).length - 1)
  for (const text of texts) {
    expect(await nobody.refusal(text)).toBeUndefined()
    expect(text).toMatch(/load4_in0\(/)
  }
})
