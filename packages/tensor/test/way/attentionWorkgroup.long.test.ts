import { describe, expect, it } from "vitest"
import { expectRight, runOn, separate, toOthers, toThemselves, wanted, type Case } from "../attentionCases.ts"
import { deviceOf, roomy } from "./workgroupAttention.ts"

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

describe.each(tiles)("attention and its gradients by tiles of %i rows and %i others come out right", (rows, others) => {
  it.each(cases)("%s", async (_name, one) => {
    await using device = await deviceOf(rows, others, roomy)
    const outcome = await runOn(device, one)
    expectRight(outcome, wanted(one))
    expect(outcome.choices).toEqual(Array(3).fill(expect.objectContaining({ way: "workgroup", rows, others })))
  })
})

it("columns that no invocation can hold are split between workgroups", async () => {
  await using device = await deviceOf(32, 32, roomy)
  const one = toThemselves(1, 1, 33, 264)
  const outcome = await runOn(device, one)
  expectRight(outcome, wanted(one))
  for (const choice of outcome.choices) expect(choice["columns"]).toBeLessThan(264)
})

const modest: readonly (readonly [name: string, rows: number, one: Case])[] = [
  ["a rest of tokens", 32, toThemselves(1, 2, 37, 40)],
  ["to others, both gradients in a launch", 32, toOthers(1, 2, 67, 33, 16)],
  ["causal, in a batch, larger tiles", 64, toThemselves(2, 2, 70, 24, true)],
]

describe("attention and its gradients in the workgroup memory of any browser come out right, bit for bit in every run", () => {
  it.each(modest)("%s", async (_name, rows, one) => {
    await using device = await deviceOf(rows)
    const outcome = await runOn(device, one)
    expectRight(outcome, wanted(one))
    expect(outcome.choices).toEqual(Array(3).fill(expect.objectContaining({ way: "workgroup", rows })))
    expect((await runOn(device, one)).results).toEqual(outcome.results)
  })
})
