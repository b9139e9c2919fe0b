import { describe, expect, it } from "vitest"
import { attention } from "../../src/index.ts"
import { expectRight, runOn, wanted, type Case } from "../attentionCases.ts"
import { canRun, deviceOf } from "./shuffledAttention.ts"

const alone: Case = {
  shapes: { q: [1, 2, 35, 12], k: [1, 2, 37, 12], v: [1, 2, 37, 12] },
  program: ({ q, k, v }) => [attention(q!, k!, v!)],
}

// One pipeline, which takes long to compile: the sweep has the gradients, other layouts and tiles.
describe.skipIf(!(await canRun()))("attention by neighbours of a subgroup", () => {
  it("comes out right, and the same bit for bit in every run", async () => {
    await using device = await deviceOf(({ rows, held }) => rows === 16 && held === 4)
    const outcome = await runOn(device, alone)
    expectRight(outcome, wanted(alone))
    expect(outcome.choices).toEqual([expect.objectContaining({ way: "shuffled", rows: 16 })])
    expect((await runOn(device, alone)).results).toEqual(outcome.results)
  })
})
