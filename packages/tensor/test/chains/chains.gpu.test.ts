import { afterAll, beforeAll, expect, it } from "vitest"
import { openDevice, type Device } from "../../src/device/open.ts"
import { families } from "./families.ts"
import { differences, got, programOf, valuesFor, wanted } from "./program.ts"

let device: Device
beforeAll(async () => {
  device = await openDevice()
})
afterAll(async () => {
  await device.close()
})

// Each case compiles some kernels: as many again are long tests.
const casesPerFamily = 5

for (const family of Object.keys(families)) {
  it(`random chains of views around kernels give what the interpreter gives: ${family}`, async () => {
    const program = programOf(Array.from({ length: casesPerFamily }, (_, i) => ({ family, seed: 1_000 + i })))
    const values = valuesFor(program, 1)
    const { results, steps } = await got(device, program, values)
    expect(differences(program, results, wanted(program, values), steps)).toEqual([])
  })
}
