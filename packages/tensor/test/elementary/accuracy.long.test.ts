import { afterAll, beforeAll, expect, it } from "vitest"
import { measure, subjects } from "../../docs/accuracy.ts"
import { openDevice, type Device } from "../../src/device/open.ts"

let device: Device
beforeAll(async () => {
  device = await openDevice()
})
afterAll(async () => {
  await device.close()
})

it.each(subjects())("$name stays within $bound units in the last place over all exponents", async (subject) => {
  const { units, at } = await measure(device, subject)
  expect({ at, units: units <= subject.bound ? 0 : units }).toEqual({ at, units: 0 })
})
