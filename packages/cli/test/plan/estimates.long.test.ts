import { expect, it } from "vitest"
import type { StepEstimate } from "../../src/train/estimateRow.ts"
import { runCli } from "../runCli.ts"

it("estimates of a card that is not here are printed on any machine", async () => {
  const { code, out } = await runCli("plan", "--adapter", "nvidia-h200", "--batch", "1", "--json")
  expect(code).toBe(0)
  const { adapter, estimates } = JSON.parse(out[0]!) as {
    readonly adapter: string
    readonly estimates: readonly StepEstimate[]
  }
  expect(adapter).toBe("nvidia-h200")
  expect(estimates.map(({ precision }) => precision)).toEqual(["highest", "high", "medium"])
  for (const { seconds, dispatches, families, model } of estimates) {
    expect(model).toBe("nvidia hopper")
    expect(seconds).toBeGreaterThan(0.01)
    expect(Number.isFinite(seconds)).toBe(true)
    expect(dispatches).toBe(families.reduce((sum, family) => sum + family.dispatches, 0))
  }
  // What was reached: fewer launches are welcome, more of them or more milliseconds are not.
  const reached = { highest: [1_122, 0.2037], high: [1_167, 0.0937], medium: [1_124, 0.0545] } as const
  for (const { precision, dispatches, seconds } of estimates) {
    expect(dispatches, precision).toBeLessThanOrEqual(reached[precision][0])
    expect(seconds, precision).toBeLessThanOrEqual(reached[precision][1])
  }
  // Less exact is faster.
  const [highest, high, medium] = estimates.map(({ seconds }) => seconds) as [number, number, number]
  expect(highest).toBeLessThan(0.22)
  expect(high).toBeLessThan(highest)
  expect(medium).toBeLessThan(high)
})
