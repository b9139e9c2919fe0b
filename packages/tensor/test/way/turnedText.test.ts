import { afterAll, beforeAll, expect, it } from "vitest"
import { planOf } from "../../src/index.ts"
import { openNullDevice, type NullDevice } from "./nullDevice.ts"
import { turnedCases } from "./turnedCases.ts"

let nobody: NullDevice
beforeAll(async () => {
  nobody = await openNullDevice()
})
afterAll(() => nobody.close())

it("kernels of blocks that are turned over are valid WGSL, and read vectors", async () => {
  const facts = await nobody.factsOf("nvidia")
  for (const { shapes, results } of Object.values(turnedCases)) {
    const specs = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { shape, dtype: "f32" }]))
    for (const { wgsl, choice } of planOf(results as never, specs as never, facts).steps) {
      expect(await nobody.refusal(wgsl)).toBeUndefined()
      if (choice.way === "blocks") expect(wgsl).toMatch(/load4_in0\(/)
    }
  }
})
