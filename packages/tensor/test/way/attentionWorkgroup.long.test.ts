import { describe, expect, it } from "vitest"
import { openDevice, type Choice } from "../../src/index.ts"
import { expectRight, runOn, separate, toOthers, toThemselves, wanted, type Case } from "../attentionCases.ts"

/** Room for the largest tiles; no subgroups, no textures. */
const facts = { isSoftware: false, subgroupSize: 0, textureExtent: 0, workgroupMemory: 32_768, invocations: 256 }

const tiles = [
  [128, 32],
  [64, 64],
  [64, 32],
  [32, 32],
] as const

const cases: readonly (readonly [name: string, one: Case])[] = [
  ["width 64, more than two tiles", toThemselves(1, 1, 131, 64)],
  ["width 72, causal", toThemselves(1, 2, 129, 72, true)],
  ["width 160 to few others", toOthers(1, 1, 65, 36, 160)],
  ["heads one after the other", separate(2, 64, 40)],
]

const deviceOf = (rows: number, others: number) =>
  openDevice({
    planFor: facts,
    choose: (decision): Choice =>
      [...decision.candidates, ...decision.others].find(
        (choice) => choice.way === "workgroup" && choice["rows"] === rows && choice["others"] === others,
      ) ?? decision.candidates[0]!,
  })

describe.each(tiles)("attention and its gradients by tiles of %i rows and %i others come out right", (rows, others) => {
  it.each(cases)("%s", async (_name, one) => {
    await using device = await deviceOf(rows, others)
    const outcome = await runOn(device, one)
    expectRight(outcome, wanted(one))
    expect(outcome.choices).toEqual(Array(3).fill(expect.objectContaining({ way: "workgroup", rows, others })))
  })
})

it("columns that no invocation can hold are split between workgroups", async () => {
  await using device = await deviceOf(32, 32)
  const one = toThemselves(1, 1, 33, 264)
  const outcome = await runOn(device, one)
  expectRight(outcome, wanted(one))
  for (const choice of outcome.choices) expect(choice["columns"]).toBeLessThan(264)
})
