import { afterAll, beforeAll, expect, it } from "vitest"
import { openDevice, type Device } from "../../src/device/open.ts"
import type { Op } from "../../src/op/op.ts"
import type { HostArray } from "../../src/host/array.ts"
import { ops } from "../../src/ops/registry.ts"
import { argumentsRecord, expected, program, type Case } from "./deviceCases.ts"
import { expectClose } from "./tolerance.ts"

/** Tests that a device gives what the references give, op by op, in such cases. */
export const testAgreement = (casesOf: (op: Op) => readonly Case[]): void => {
  let device: Device
  beforeAll(async () => {
    device = await openDevice()
  })
  afterAll(async () => {
    await device.close()
  })

  for (const op of ops.filter(({ except }) => except?.gpu === undefined)) {
    it(`the device agrees with the reference on ${op.name}`, async () => {
      const cases = casesOf(op)
      expect(cases.length).toBeGreaterThan(0)
      const specs = argumentsRecord(cases, ({ shape, dtype }) => ({ shape, dtype }))
      using compiled = await device.compile(program(op, cases), specs)
      const got = (await device.read(compiled(argumentsRecord(cases, (value) => value)))) as readonly HostArray[]
      const want = expected(op, cases)
      cases.forEach(({ title }, i) => expectClose(op, title, got[i]!, want[i]!))
    })
  }
}
