import { openDevice, type Device, type HostArray, type Tensor } from "@diva/tensor"
import { afterAll, beforeAll, expect, test } from "vitest"
import { expectClose } from "./difference.ts"
import { readCase, type Arrays } from "./goldenCase.ts"
import { expectedOf, goldenPrograms } from "./goldenPrograms.ts"

interface Arguments {
  readonly params: Readonly<Record<string, Tensor>>
  readonly inputs: Readonly<Record<string, Tensor>>
}

const specsOf = (arrays: Arrays) =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, { shape, dtype }]: [string, HostArray]) => [name, { shape, dtype }]),
  )

/** Tests that a device computes what PyTorch did in each of these stored cases, at every intermediate place as well. */
export const testOnDevice = (folders: readonly string[]): void => {
  let device: Device
  beforeAll(async () => {
    device = await openDevice()
  })
  afterAll(() => device.close())

  test.each(folders)(
    "outputs and intermediate activations of %s computed on the device agree with the reference",
    async (folder) => {
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
    },
  )
}
