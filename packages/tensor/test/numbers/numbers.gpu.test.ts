import { afterAll, beforeAll, expect, it } from "vitest"
import { openDevice, type Device } from "../../src/device/open.ts"
import type { Tensor } from "../../src/graph.ts"
import type { HostArray } from "../../src/op.ts"
import { gradientCases } from "./gradientCases.ts"
import { large } from "./large.ts"
import { maskedAttention } from "./maskedAttention.ts"
import { nonFinite } from "./nonFinite.ts"
import { difference, type NumberCase } from "./numberCase.ts"

let device: Device
beforeAll(async () => {
  device = await openDevice()
})
afterAll(async () => {
  await device.close()
})

type Arguments = Readonly<Record<string, readonly Tensor[]>>

const results = async (cases: readonly NumberCase[]): Promise<readonly HostArray[]> => {
  const leaves = <T>(leaf: (value: HostArray) => T): Readonly<Record<string, readonly T[]>> =>
    Object.fromEntries(cases.map(({ given }, i) => [`case${i}`, given.map(leaf)]))
  using compiled = await device.compile(
    (args: Arguments) => cases.map(({ build }, i) => build(...args[`case${i}`]!)),
    leaves(({ shape, dtype }) => ({ shape, dtype })),
  )
  return (await device.read(compiled(leaves((value) => value)))) as readonly HostArray[]
}

it.each([
  ["what is not finite", nonFinite],
  ["what is large, small or offset", large],
  ["gradients at borders and ties", gradientCases],
  ["attention where a query sees no key", maskedAttention],
] as const)("the device gives the right numbers for %s", async (_name, cases) => {
  const got = await results(cases)
  expect(cases.flatMap((one, i) => difference(one, got[i]!) ?? [])).toEqual([])
})
