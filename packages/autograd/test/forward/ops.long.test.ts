import { afterAll, beforeAll, expect, it } from "vitest"
import { cast, input, interpret, openDevice, type Device, type HostArray, type Tensor } from "@diva/tensor"
import { jvp } from "@diva/autograd"
import { hostKey } from "../../../tensor/src/key/hostKey.ts"
import { randomArray } from "../../../tensor/test/ops/samples.ts"
import { casesOf, differentiableOps, floats } from "./opCases.ts"

let device: Device
beforeAll(async () => {
  device = await openDevice()
})
afterAll(async () => {
  await device.close()
})

interface Given {
  readonly x: readonly Tensor[]
  readonly v: readonly Tensor[]
}

const largest = ({ data }: HostArray): number => Array.from(data, Math.abs).reduce((a, b) => Math.max(a, b), 0)

for (const op of differentiableOps)
  it(`the device agrees with the reference on the tangent of ${op.name}`, async () => {
    for (const { title, values, f } of casesOf(op, 1_500)) {
      const directions = values.map(({ shape }, i) =>
        randomArray({ shape, dtype: "f32", low: -1, high: 1 }, hostKey(1000 + i)),
      )
      const program = ({ x, v }: Given): Tensor =>
        jvp(f)(
          x,
          x.map((leaf, i) => (floats(leaf) ? cast(v[i]!, leaf.dtype) : null)),
        )[1]
      const specs = (arrays: readonly HostArray[]) => arrays.map(({ shape, dtype }) => ({ shape, dtype }))
      using compiled = await device.compile(program, { x: specs(values), v: specs(directions) })
      const got = await device.read(compiled({ x: values, v: directions }))
      const leaves = (prefix: string, arrays: readonly HostArray[]) =>
        specs(arrays).map((spec, i) => input(spec, `${prefix}${i}`))
      const given = new Map([
        ...values.map((value, i) => [`x${i}`, value] as const),
        ...directions.map((value, i) => [`v${i}`, value] as const),
      ])
      const want = interpret(program({ x: leaves("x", values), v: leaves("v", directions) }), given, {
        precision: "f64",
      })
      // Directions into an f16 are rounded to it on the device; the reference computes in f64 throughout.
      const rounds = [want, ...values].some(({ dtype }) => dtype === "f16")
      const allowed = (rounds ? 2e-3 : 2e-5) * Math.max(largest(want), 1e-3)
      want.data.forEach((value, i) => {
        expect(Math.abs(got.data[i]! - value), `${title}, element ${i}`).toBeLessThanOrEqual(allowed)
      })
    }
  })
