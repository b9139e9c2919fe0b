import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openDevice, sizeOf, type Device, type Op } from "@diva/tensor"
import { mappableOps, samplesOf } from "./batch/mapped.ts"
import { mappedTrial } from "./batch/mappedOnDevice.ts"
import { derivativeTrials } from "./derivativesOnDevice.ts"
import { differentiableOps } from "./forward/opCases.ts"
import { expectOnDevice, type Trial } from "./onDevice.ts"

let device: Device
beforeAll(async () => {
  device = await openDevice()
})
afterAll(async () => {
  await device.close()
})

const elements = ({ values }: Trial): number => values.reduce((sum, { shape }) => sum + sizeOf(shape), 0)

/** The smallest that has elements: sweeps over all samples are long tests. */
const smallest = (trials: readonly Trial[]): readonly Trial[] =>
  trials
    .filter(({ values }) => values.every(({ data }) => data.length > 0))
    .toSorted((a, b) => elements(a) - elements(b))
    .slice(0, 1)

const groups = (ops: readonly Op[], size: number): readonly (readonly Op[])[] =>
  Array.from({ length: Math.ceil(ops.length / size) }, (_, i) => ops.slice(i * size, (i + 1) * size))

const names = (ops: readonly Op[]): string => ops.map(({ name }) => name).join(", ")

// Several ops a program: it shares its launches.
describe("the device agrees with the reference", () => {
  it.each(groups(mappableOps, 12).map((ops) => [names(ops), ops] as const))("on vmap of %s", async (_names, ops) => {
    const trials = ops.flatMap((op) =>
      smallest(
        samplesOf(op, 1_500).map((sample) =>
          mappedTrial(
            op,
            sample,
            sample.inputs.map(() => true),
          ),
        ),
      ),
    )
    expect(trials.length).toBe(ops.length)
    await expectOnDevice(device, trials)
  })

  it.each(groups(differentiableOps, 12).map((ops) => [names(ops), ops] as const))(
    "on tangents and cotangents of %s",
    async (_names, ops) => {
      const trials = ops.flatMap((op) => smallest(derivativeTrials(op, 1_500)))
      expect(trials.length).toBe(ops.length)
      await expectOnDevice(device, trials)
    },
  )
})
