import { afterAll, beforeAll, expect, it } from "vitest"
import { openDevice, type Device } from "../../src/device/open.ts"
import { applyOp } from "../../src/graph/graph.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import type { HostArray } from "../../src/host/array.ts"
import { ops } from "../../src/ops/registry.ts"

let device: Device
beforeAll(async () => {
  device = await openDevice()
})
afterAll(async () => {
  await device.close()
})

const count = 40_000

const opNamed = (name: string) => ops.find((op) => op.name === name)!

const onDevice = async (name: string, x: Float32Array<ArrayBuffer>): Promise<ArrayLike<number>> => {
  const specs = { x: { shape: [x.length], dtype: "f32" } } as const
  using compiled = await device.compile((args: { readonly x: Tensor }) => applyOp(opNamed(name), [args.x], {}), specs)
  const result = await device.read(compiled({ x: { ...specs.x, data: x } }))
  return (result as unknown as HostArray).data
}

const exactly = (name: string, x: number): number => {
  const output = { shape: [1], dtype: "f32", data: new Float64Array(1) } as unknown as HostArray
  opNamed(name).cpu([{ shape: [1], dtype: "f32", data: Float64Array.of(x) } as unknown as HostArray], output, {})
  return output.data[0]!
}

// Half a unit in the last place is 6e-8: every bound is within two units but logistic's, which divides at the end.
it.each([
  ["exp", -87, 88, 1.3e-7],
  ["exp", -1, 1, 1.3e-7],
  ["log", 1e-37, 1e-30, 1e-7],
  ["log", 0.5, 2, 1.2e-7],
  ["log", 0.999, 1.001, 1.2e-7],
  ["log", 1, 1e6, 1.2e-7],
  ["tanh", -0.01, 0.01, 1e-7],
  ["tanh", -12, 12, 2e-7],
  ["tanh", -500, 500, 2e-7],
  ["logistic", -85, 85, 2.5e-7],
  ["erf", -0.01, 0.01, 1e-7],
  ["erf", -5, 5, 1.2e-7],
  ["sin", -0.01, 0.01, 1e-7],
  ["sin", -3, 3, 1.2e-7],
  ["cos", -1.5, 1.5, 1.2e-7],
  ["sqrt", 0, 100, 1.2e-7],
  ["rsqrt", 1e-6, 100, 2e-7],
] as const)("%s on [%f, %f] is within %f of itself", async (name, low, high, bound) => {
  const x = Float32Array.from({ length: count }, (_, i) => low + ((high - low) * (i + 0.37)) / count)
  const got = await onDevice(name, x)
  let worst = 0
  x.forEach((at, i) => {
    const want = exactly(name, at)
    worst = Math.max(worst, Math.abs(got[i]! - want) / Math.max(Math.abs(want), 1e-37))
  })
  expect(worst).toBeLessThanOrEqual(bound)
})

it.each(["sin", "cos"])("%s of thousands of radians is within 1e-7", async (name) => {
  const x = Float32Array.from({ length: count }, (_, i) => -6000 + (12_000 * (i + 0.37)) / count)
  const got = await onDevice(name, x)
  expect(Math.max(...Array.from(x, (at, i) => Math.abs(got[i]! - exactly(name, at))))).toBeLessThanOrEqual(1e-7)
})

const special = [0, 1, -1, Infinity, -Infinity, NaN, 88.7, 89, 1000, -104, -1000, 3.4e38, 1.2e-38]

it.each(["exp", "log", "tanh", "logistic", "erf"])("%s keeps ∞, NaN and the ends of its range", async (name) => {
  const x = Float32Array.from(special)
  const got = await onDevice(name, x)
  special.forEach((at, i) => {
    const want = Math.fround(exactly(name, Math.fround(at)))
    const near = Object.is(got[i], want) || Math.abs(got[i]! - want) <= Math.max(2e-7 * Math.abs(want), 1.2e-38)
    expect({ at, got: near ? want : got[i] }).toEqual({ at, got: want })
  })
})
