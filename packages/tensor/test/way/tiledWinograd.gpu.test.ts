import { describe, expect, it } from "vitest"
import { computed } from "./matrixCases.ts"
import { deviceOf, winogradCases } from "./tiledWinograd.ts"

// Winograd's larger tile loses some bits to its points ±2: what is left is a few times f32's rounding.
describe.each([
  [4, 4e-6],
  [2, 1e-6],
] as const)("convolutions by Winograd's tiles of %i on workgroup memory come out right", (tile, allowed) => {
  it.each(Object.entries(winogradCases))("%s", async (_name, one) => {
    await using device = await deviceOf((choice) => choice["tile"] === tile && choice["rows"] === 32)
    const { error, steps, got } = await computed(device, one, "highest")
    expect(steps.filter(({ choice }) => choice.way === "tiledWinograd" && choice["tile"] === tile)).toHaveLength(4)
    expect(error).toBeLessThan(allowed)
    expect((await computed(device, one, "highest")).got).toEqual(got)
  })
})
