import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openDevice, type Device } from "@diva/tensor"
import { mappableOps, samplesOf, someChoices } from "./batch/mapped.ts"
import { mappedTrial } from "./batch/mappedOnDevice.ts"
import { derivativeTrials } from "./derivativesOnDevice.ts"
import { differentiableOps } from "./forward/opCases.ts"
import { expectOnDevice } from "./onDevice.ts"

let device: Device
beforeAll(async () => {
  device = await openDevice()
})
afterAll(async () => {
  await device.close()
})

describe("the device agrees with the reference", () => {
  it.each(differentiableOps.map((op) => [op.name, op] as const))("on tangents and cotangents of %s", async (_, op) => {
    const trials = derivativeTrials(op, 1_500)
    expect(trials.length).toBeGreaterThan(0)
    for (const trial of trials) await expectOnDevice(device, [trial])
  })

  it.each(mappableOps.map((op) => [op.name, op] as const))(
    "on vmap of %s, whichever operands are mapped",
    async (_, op) => {
      const trials = samplesOf(op, 1_500).flatMap((sample) =>
        someChoices(sample.inputs.length).map((mapped) => mappedTrial(op, sample, mapped)),
      )
      expect(trials.length).toBeGreaterThan(0)
      for (const trial of trials) await expectOnDevice(device, [trial])
    },
  )
})
