import { afterAll, beforeAll, expect, it } from "vitest"
import { cast, openDevice, type Device, type Tensor } from "../src/index.ts"

let device: Device

beforeAll(async () => {
  device = await openDevice()
})

afterAll(() => device.close())

// Ties to either side, the ends of the range, subnormal numbers, and what is no number.
const corners = [
  2049,
  2051,
  65_504,
  65_519,
  65_520,
  -65_520,
  1e30,
  Infinity,
  -Infinity,
  Number.NaN,
  0,
  -0,
  6.1e-5,
  6.2e-5,
  3e-8,
  2.9e-8,
  -5e-8,
]

it("f32 becomes the nearest f16 on every driver, whether it is stored or computed with further", async () => {
  const size = 4096
  const data = Float32Array.from({ length: size }, (_, i) => corners[i] ?? Math.sin(1.7 * i) * 2 ** ((i % 40) - 25))
  const x = { shape: [size], dtype: "f32" as const, data }
  using compiled = await device.compile(
    ({ x }: { readonly x: Tensor }) => ({ stored: cast(x, "f16"), passed: cast(cast(x, "f16"), "f32") }),
    {
      x: { shape: [size], dtype: "f32" },
    },
  )
  const { stored, passed } = await device.read(compiled({ x }))
  const want = Array.from(new Float16Array(data))
  expect(Array.from(stored.data)).toEqual(want)
  expect(Array.from(passed.data)).toEqual(want)
})
