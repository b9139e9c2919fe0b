import { describe, expect, it } from "vitest"
import { attention, openDevice } from "../../src/index.ts"
import { expectRight, runOn, wanted, type Case } from "../attentionCases.ts"
import { allowed, factsForTokens, precisionOf } from "./matrixAttentionCases.ts"
import { picking } from "./matrixCases.ts"

const halving = await openDevice().then(async (device) => {
  const f16 = device.planning.facts.f16 === true
  await device.close()
  return f16
})

const alone: Case = {
  shapes: { q: [1, 1, 35, 12], k: [1, 1, 35, 12], v: [1, 1, 35, 12] },
  program: ({ q, k, v }) => [attention(q!, k!, v!)],
}

// One pipeline, which takes long to compile: the sweep has the gradients, other layouts, makers, tiles and split operands.
describe.skipIf(!halving)("attention by matrix units, products written out,", () => {
  it("comes out right, and the same bit for bit in every run", async () => {
    const way = "matrixHalf"
    const picker = picking(way)
    picker.isWanted = ({ rows, across, parts }) => rows === 32 && across === 1 && parts === 1
    await using device = await openDevice({ planFor: factsForTokens("nvidia"), choose: picker.choose })
    const outcome = await runOn(device, alone, precisionOf[way])
    expect(outcome.choices).toEqual([expect.objectContaining({ way, rows: 32, across: 1 })])
    expectRight(outcome, wanted(alone), allowed[way])
    expect((await runOn(device, alone, precisionOf[way])).results).toEqual(outcome.results)
  })
})
