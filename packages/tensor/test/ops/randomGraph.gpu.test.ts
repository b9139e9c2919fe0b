import * as fc from "fast-check"
import { afterAll, beforeAll, expect, it } from "vitest"
import { openDevice, type Device } from "../../src/device/open.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import { hostKey } from "../../src/key/hostKey.ts"
import { interpret } from "../../src/graph/interpret.ts"
import type { HostArray } from "../../src/host/array.ts"
import { input } from "../../src/ops/input.ts"
import type { Shape } from "../../src/shape/shape.ts"
import { choices, graphOf, inputShapes, type Choice } from "./randomGraph.ts"
import { randomArray } from "./samples.ts"

let device: Device
beforeAll(async () => {
  device = await openDevice()
})
afterAll(async () => {
  await device.close()
})

const onDevice = async (values: readonly HostArray[], made: readonly Choice[]): Promise<readonly HostArray[]> => {
  const program = ({ x }: { readonly x: readonly Tensor[] }) => graphOf(x, made)
  using compiled = await device.compile(program, { x: values.map(({ shape, dtype }) => ({ shape, dtype })) })
  return (await device.read(compiled({ x: values }))) as readonly HostArray[]
}

const onHost = (values: readonly HostArray[], made: readonly Choice[]): readonly HostArray[] => {
  const leaves = values.map(({ shape, dtype }, i) => input({ shape, dtype }, `x.${i}`))
  const given = new Map(values.map((value, i) => [`x.${i}`, value]))
  return interpret(graphOf(leaves, made), given, { precision: "f64" }) as unknown as readonly HostArray[]
}

// No op here jumps, so rounding stays rounding over the chain.
const differing = (got: HostArray, want: HostArray): number =>
  Array.from(want.data).filter((value, i) => !(Math.abs(got.data[i]! - value) <= 2e-5 * Math.max(1, Math.abs(value))))
    .length

it("a compiled graph computes what its expressions say, whatever was fused", async () => {
  await fc.assert(
    fc.asyncProperty(inputShapes, choices, async (shapes: readonly Shape[], made) => {
      const values = shapes.map((shape, i) => randomArray({ shape, dtype: "f32", low: -2, high: 2 }, hostKey(i + 1)))
      const [got, want] = [await onDevice(values, made), onHost(values, made)]
      expect(got.map(({ shape }) => shape)).toEqual(want.map(({ shape }) => shape))
      want.forEach((value, i) => expect(differing(got[i]!, value)).toBe(0))
    }),
    { numRuns: 40, seed: 20_260_101 },
  )
})
