import { expect, it } from "vitest"
import { openDevice } from "../../src/device/open.ts"
import { differencesOn } from "./onDevice.ts"
import { related } from "./related.ts"

it("the device gives the right numbers for values beside those that were once wrong", async () => {
  await using device = await openDevice()
  expect(related.length).toBeGreaterThan(100)
  expect(await differencesOn(device, related)).toEqual([])
})
