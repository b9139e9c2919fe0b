import { afterAll, beforeAll, expect, it } from "vitest"
import type { GuardedDevice } from "../device/guardedDevice.ts"
import { ranAsGpu } from "../plan/ranAsGpu.ts"
import { openForBlocks, turnedCases } from "./turnedCases.ts"

let guarded: GuardedDevice
beforeAll(async () => {
  guarded = await openForBlocks()
})
afterAll(() => guarded.close())

it.each(Object.entries(turnedCases))(
  "what is computed in blocks is the interpreter's, and stays within its buffers: %s",
  async (name, one) => {
    const { plan } = await ranAsGpu(guarded, { ...one, within: 1e-6 })
    const wanted = name.includes("element by element") ? "elements" : "blocks"
    expect(plan.steps.map(({ choice }) => choice.way)).toEqual([wanted])
  },
  120_000,
)
