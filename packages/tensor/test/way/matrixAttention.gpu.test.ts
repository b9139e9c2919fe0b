import { describe, expect, it } from "vitest"
import { openDevice } from "../../src/index.ts"
import { expectRight, runOn, toThemselves, wanted } from "../attentionCases.ts"
import { allowed, factsForTokens, precisionOf } from "./matrixAttentionCases.ts"
import { picking } from "./matrixCases.ts"

const halving = await openDevice().then(async (device) => {
  const f16 = device.planning.facts.f16 === true
  await device.close()
  return f16
})

// Three pipelines that take long to compile: the sweep has other layouts, makers, tiles and split operands.
describe.skipIf(!halving)("attention by matrix units, products written out,", () => {
  it("comes out right with its gradients, and the same bit for bit in every run", async () => {
    const way = "matrixHalf"
    const picker = picking(way)
    picker.isWanted = ({ rows, across, parts }) => rows === 32 && across === 1 && parts === 1
    await using device = await openDevice({ planFor: factsForTokens("nvidia"), choose: picker.choose })
    const one = toThemselves(1, 1, 35, 12)
    const outcome = await runOn(device, one, precisionOf[way])
    expect(outcome.choices).toEqual(Array(3).fill(expect.objectContaining({ way, rows: 32, across: 1 })))
    expectRight(outcome, wanted(one), allowed[way])
    expect((await runOn(device, one, precisionOf[way])).results).toEqual(outcome.results)
  })
})
