import { openDevice, type Device, type HostArray, type Tensor } from "@diva/tensor"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { expectClose } from "./support/difference.ts"
import { readCase, type Arrays } from "./support/goldenCase.ts"
import { expectedOf, goldenPrograms } from "./support/goldenPrograms.ts"

interface Arguments {
  readonly params: Readonly<Record<string, Tensor>>
  readonly inputs: Readonly<Record<string, Tensor>>
}

let device: Device
beforeAll(async () => {
  device = await openDevice()
})
afterAll(() => device.close())

const specsOf = (arrays: Arrays) =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, { shape, dtype }]: [string, HostArray]) => [name, { shape, dtype }]),
  )

describe.each(Object.keys(goldenPrograms))("%s", (folder) => {
  test("outputs and intermediate activations computed on the device agree with the reference", async () => {
    const before = device.live()
    const stored = await readCase(folder)
    const { describe: program } = goldenPrograms[folder]!(stored.config)
    const run = await device.compile(
      ({ params, inputs }: Arguments) => expectedOf(stored, program(params, inputs), inputs),
      { params: specsOf(stored.weights), inputs: specsOf(stored.inputs) },
    )
    expectClose(
      await device.read(run({ params: stored.weights, inputs: stored.inputs })),
      stored.expected,
      stored.tolerance,
    )
    run.dispose()
    expect(device.live()).toEqual(before)
  })
})
