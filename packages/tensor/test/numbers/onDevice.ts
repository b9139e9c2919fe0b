import type { Device } from "../../src/device/open.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import type { HostArray } from "../../src/host/array.ts"
import { difference, type NumberCase } from "./numberCase.ts"

type Arguments = Readonly<Record<string, readonly Tensor[]>>

const results = async (device: Device, cases: readonly NumberCase[]): Promise<readonly HostArray[]> => {
  const leaves = <T>(leaf: (value: HostArray) => T): Readonly<Record<string, readonly T[]>> =>
    Object.fromEntries(cases.map(({ given }, i) => [`case${i}`, given.map(leaf)]))
  using compiled = await device.compile(
    (args: Arguments) => cases.map(({ build }, i) => build(...args[`case${i}`]!)),
    leaves(({ shape, dtype }) => ({ shape, dtype })),
  )
  return (await device.read(compiled(leaves((value) => value)))) as readonly HostArray[]
}

/** What a device gets wrong of cases that it runs as one program. */
export const differencesOn = async (device: Device, cases: readonly NumberCase[]): Promise<readonly string[]> => {
  const got = await results(device, cases)
  return cases.flatMap((one, i) => difference(one, got[i]!) ?? [])
}
