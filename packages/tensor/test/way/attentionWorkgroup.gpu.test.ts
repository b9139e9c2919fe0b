import { expect, it } from "vitest"
import { expectRight, runOn, toOthers, wanted } from "../attentionCases.ts"
import { deviceOf } from "./workgroupAttention.ts"

it("attention and its gradients by tiles in workgroup memory come out right, bit for bit in every run", async () => {
  await using device = await deviceOf(32)
  const one = toOthers(1, 2, 67, 33, 16)
  const outcome = await runOn(device, one)
  expectRight(outcome, wanted(one))
  expect(outcome.choices).toEqual(Array(3).fill(expect.objectContaining({ way: "workgroup", rows: 32 })))
  expect((await runOn(device, one)).results).toEqual(outcome.results)
})
