import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  add,
  matmul,
  mul,
  openDevice,
  profile,
  softmax,
  totalWork,
  type Device,
  type DeviceArray,
  type Tensor,
} from "../../src/index.ts"

let device: Device

beforeAll(async () => {
  device = await openDevice()
})

afterAll(() => device.close())

const spec = (...shape: number[]) => ({ shape, dtype: "f32" as const })

const ramp = (...shape: number[]) => ({
  ...spec(...shape),
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i)),
})

const step = ({ w, x }: { w: Tensor; x: Tensor }) => ({ w: add(mul(w, 0.5), matmul(softmax(x), x)) })

const specs = { w: spec(200, 200), x: spec(200, 200) }

describe("a profile on this machine's adapter", () => {
  it("has plausible times, whose sum an ordinary run does not undercut by far", async () => {
    using compiled = await device.compile(step, specs, { name: "step", donate: ["w"] })
    const given = device.put({ w: ramp(200, 200), x: ramp(200, 200) })
    const before = device.live()
    const found = await profile(device, compiled, given, { runs: 3 })
    expect(found).toMatchObject({ name: "step", runs: 3, peakBytes: compiled.plan.peakBytes })
    expect(found.steps.map(({ label }) => label)).toEqual(compiled.plan.steps.map(({ label }) => label))
    expect(found.steps.every(({ compute, staging }) => compute > 0 && staging >= 0)).toBe(true)
    const starts = found.steps.map(({ start }) => start)
    expect(starts).toEqual(starts.toSorted((a, b) => a - b))
    expect(found.seconds).toBeGreaterThan(1e-6)
    expect(found.seconds).toBeLessThan(10 * found.wallSeconds)
    expect(found.submitSeconds).toBeLessThanOrEqual(found.wallSeconds)
    expect(totalWork(found).flops).toBeGreaterThanOrEqual(2 * 200 ** 3)
    expect(totalWork(found).flopsShare).toBeLessThan(3)
    // Nothing is left behind and the donated argument still holds its numbers.
    expect(device.live()).toEqual(before)
    expect((given.w as DeviceArray).isLive()).toBe(true)
    expect(await device.read({ w: given.w })).toEqual({ w: ramp(200, 200) })
  })

  it("feeds results back where told how, and copies nothing then", async () => {
    using compiled = await device.compile(step, specs, { name: "step", donate: ["w"] })
    const { w, x } = device.put({ w: ramp(200, 200), x: ramp(200, 200) })
    const before = device.created().buffers
    const found = await profile(device, compiled, { w, x }, { runs: 2, next: (results) => ({ w: results.w, x }) })
    expect(found.runs).toBe(2)
    expect((w as DeviceArray).isLive()).toBe(false)
    // Queries are resolved into two buffers a timed run.
    expect(device.created().buffers - before).toBeLessThanOrEqual(2 * 3)
  })

  it("measures the ceilings once per device", async () => {
    const ceilings = await device.ceilings()
    expect(ceilings.flopsPerSecond).toBeGreaterThan(1e9)
    expect(ceilings.bytesPerSecond).toBeGreaterThan(1e8)
    expect(await device.ceilings()).toBe(ceilings)
  })
})

describe("a timed run", () => {
  it.each([
    ["queries", []],
    ["submits, where the adapter has no queries", ["timestamp-query"]],
  ] as const)("computes what an ordinary run computes, timed by %s", async (_how, without) => {
    await using opened = await openDevice({ without })
    using compiled = await opened.compile(step, specs)
    const given = { w: ramp(200, 200), x: ramp(200, 200) }
    const expected = await opened.read(compiled(given))
    const { results, times } = compiled.timed(given)
    const measured = await times
    expect(measured).toHaveLength(compiled.plan.steps.length)
    expect(measured.reduce((sum, { compute }) => sum + compute, 0)).toBeGreaterThan(1e-6)
    expect(await opened.read(results)).toEqual(expected)
  })
})

describe("a warm run", () => {
  it("creates no buffer, bind group or pipeline", async () => {
    using compiled = await device.compile(step, specs, { donate: ["w"] })
    const { x, w: start } = device.put({ w: ramp(200, 200), x: ramp(200, 200) })
    let w = start
    for (let run = 0; run < 2; run++) ({ w } = compiled({ w, x }))
    const [created, live] = [device.created(), device.live()]
    for (let run = 0; run < 5; run++) ({ w } = compiled({ w, x }))
    await device.finish()
    expect(device.created()).toEqual(created)
    expect(device.live()).toEqual(live)
    for (const array of [w, x]) array[Symbol.dispose]()
  })
})
