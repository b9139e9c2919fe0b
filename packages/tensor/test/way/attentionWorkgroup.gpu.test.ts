import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openDevice, type Choice, type Decision, type Device } from "../../src/index.ts"
import { expectRight, runOn, toOthers, toThemselves, wanted, type Case } from "../attentionCases.ts"

/** What any adapter of a browser has. */
const facts = { isSoftware: false, subgroupSize: 0, textureExtent: 0, workgroupMemory: 16_384, invocations: 256 }

let device: Device
let rows = 32
beforeAll(async () => {
  const choose = ({ candidates, others }: Decision): Choice =>
    [...candidates, ...others].find((choice) => choice.way === "workgroup" && choice["rows"] === rows) ?? candidates[0]!
  device = await openDevice({ planFor: facts, choose })
})
afterAll(() => device.close())

const cases: readonly (readonly [name: string, rows: number, one: Case])[] = [
  ["a rest of tokens", 32, toThemselves(1, 2, 37, 40)],
  ["causal, in a batch, larger tiles", 64, toThemselves(2, 2, 70, 24, true)],
  ["to others", 32, toOthers(1, 2, 67, 33, 16)],
]

describe("attention and its gradients by tiles in workgroup memory come out right, bit for bit in every run", () => {
  it.each(cases)("%s", async (_name, wantedRows, one) => {
    rows = wantedRows
    const outcome = await runOn(device, one)
    expectRight(outcome, wanted(one))
    expect(outcome.choices).toEqual(Array(3).fill(expect.objectContaining({ way: "workgroup", rows })))
    expect((await runOn(device, one)).results).toEqual(outcome.results)
  })
})
