import { afterAll, beforeAll, expect, test } from "vitest"
import { openDevice, type Device } from "@diva/tensor"
import { prepare } from "../../../scripts/bench/serve.ts"
import { showSizes } from "../../../scripts/bench/subject.ts"
import { offersOn } from "../bench/programs.ts"
import { tinySubjects } from "../bench/subjects.ts"

let device: Device

beforeAll(async () => {
  device = await openDevice()
})

afterAll(() => device.close())

test.each(tinySubjects.map((subject) => ({ subject, title: `${subject.name} ${showSizes(subject)}` })))(
  "the benchmark of $title runs, and warm creates nothing",
  async ({ subject }) => {
    const { buffers } = device.live()
    const prepared = (await prepare(offersOn(device), subject))!
    await prepared.compile?.()
    for (const repeats of [1, 2, 2]) expect(await prepared.run(repeats)).toBeGreaterThan(0)
    expect(prepared.facts?.()).toMatchObject({ createdWhileWarm: 0 })
    expect(prepared.facts?.()["dispatches"]).toBeGreaterThan(0)
    await prepared.dispose()
    expect(device.live().buffers).toBe(buffers)
  },
)
