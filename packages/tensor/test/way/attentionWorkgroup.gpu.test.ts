import { expect, it } from "vitest"
import { expectRight, runOn, toOthers, wanted, type Case } from "../attentionCases.ts"
import { deviceOf } from "./workgroupAttention.ts"

const whole = toOthers(1, 2, 67, 33, 16)

/** Some of the results. Both gradients in one launch compile for twice as long as one after the other: a long test. */
const only = (begin: number, end: number): Case => ({
  ...whole,
  program: (args) => whole.program(args).slice(begin, end),
})

it.each([
  ["attention and its gradient in the queries", only(0, 2)],
  ["attention's gradient in keys and values", only(2, 3)],
])("%s by tiles in workgroup memory come out right, bit for bit in every run", async (_name, one) => {
  await using device = await deviceOf(32)
  const outcome = await runOn(device, one)
  expectRight(outcome, wanted(one))
  expect(outcome.choices).toEqual(Array(2).fill(expect.objectContaining({ way: "workgroup", rows: 32 })))
  expect((await runOn(device, one)).results).toEqual(outcome.results)
})
