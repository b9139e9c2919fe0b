import { afterAll, beforeAll, expect, it } from "vitest"
import { openDevice, type Device } from "../../src/device/open.ts"
import { gradientCases } from "./gradientCases.ts"
import { large } from "./large.ts"
import { maskedAttention } from "./maskedAttention.ts"
import { nonFinite } from "./nonFinite.ts"
import { differencesOn } from "./onDevice.ts"

let device: Device
beforeAll(async () => {
  device = await openDevice()
})
afterAll(async () => {
  await device.close()
})

it.each([
  ["what is not finite", nonFinite],
  ["what is large, small or offset", large],
  ["gradients at borders and ties", gradientCases],
  ["attention where a query sees no key", maskedAttention],
] as const)("the device gives the right numbers for %s", async (_name, cases) => {
  expect(await differencesOn(device, cases)).toEqual([])
})

it("division as GPUs need it gives the right numbers for what is not finite", async () => {
  await using other = await openDevice({ planFor: { isSoftware: false } })
  const divisions = nonFinite.filter(({ name }) => /0 \/ 0|NaN|norm|division/.test(name))
  expect(divisions.length).toBeGreaterThan(5)
  expect(await differencesOn(other, divisions)).toEqual([])
})
