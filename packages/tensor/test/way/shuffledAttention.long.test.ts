import { describe, expect, it } from "vitest"
import { expectRight, runOn, separate, toOthers, toThemselves, wanted, type Case } from "../attentionCases.ts"
import { canRun, deviceOf } from "./shuffledAttention.ts"

const tiles = [
  [64, 32, 8, 4, 2],
  [64, 32, 8, 4, 1],
  [64, 32, 8, 8, 2],
  [64, 32, 8, 8, 1],
  [32, 32, 8, 4, 2],
  [32, 32, 8, 4, 1],
  [16, 16, 8, 4, 1],
] as const

const cases: readonly (readonly [name: string, one: Case])[] = [
  ["causal, in a batch", toThemselves(2, 2, 69, 8, true)],
  ["width 24 to few others", toOthers(1, 1, 129, 33, 24)],
  ["heads one after the other", separate(2, 31, 24)],
]

const wide = ["heads of 40", separate(2, 31, 40)] as const

describe.skipIf(!(await canRun()))("attention and its gradients by neighbours of a subgroup", () => {
  describe.each(tiles)("%i rows, %i others, %i across, %i held, %i places", (rows, others, across, held, places) => {
    const tile = { rows, others, across, held, places }
    // The largest tiles of wide heads take more memory than a software adapter has.
    const fitting = rows === 64 ? cases : [...cases, wide]
    it.each(fitting)("come out right: %s", async (_name, one) => {
      await using device = await deviceOf(
        (choice) => choice["parts"] === 1 && Object.entries(tile).every(([name, value]) => choice[name] === value),
      )
      const outcome = await runOn(device, one)
      expectRight(outcome, wanted(one))
      expect(outcome.choices).toEqual(Array(3).fill(expect.objectContaining({ way: "shuffled", ...tile })))
    })
  })

  it("queries shared by workgroups are added in order, the same bit for bit in every run", async () => {
    const one = toOthers(1, 2, 300, 19, 12)
    await using device = await deviceOf(
      (choice) => choice["rows"] === 16 && (choice["parts"] === 2 || choice["parts"] === 1),
    )
    const outcome = await runOn(device, one)
    expectRight(outcome, wanted(one))
    expect((await runOn(device, one)).results).toEqual(outcome.results)
  })
})
