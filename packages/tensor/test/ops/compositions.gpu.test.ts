import { expect, it } from "vitest"
import { openDevice } from "../../src/device/open.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import { hostKey } from "../../src/key/hostKey.ts"
import type { HostArray } from "../../src/host/array.ts"
import type { Composition } from "./composition.ts"
import { compositions, plain } from "./compositions.ts"
import { randomArray } from "./samples.ts"

interface Arguments {
  readonly [name: string]: readonly Tensor[]
}

const all = (args: Arguments): readonly Tensor[] => compositions.map(({ name, build }) => build(...args[name]!))

const record = <T>(leaf: (composition: Composition, i: number) => T): Readonly<Record<string, readonly T[]>> =>
  Object.fromEntries(compositions.map((one) => [one.name, one.inputs.map((_, i) => leaf(one, i))]))

const furthest = (got: readonly number[], want: readonly number[]): number => {
  const scale = Math.max(...want.map(Math.abs))
  return Math.max(...want.map((value, i) => Math.abs(got[i]! - value) / scale))
}

it("the device computes every composition to a few units in the last place of f32", async () => {
  await using device = await openDevice()
  const specs = record(({ inputs }, i) => ({ shape: inputs[i]!.shape, dtype: inputs[i]!.dtype }))
  const compiled = await device.compile(all, specs)
  const values = record(({ inputs }, i) => randomArray(inputs[i]!, hostKey(i + 1)))
  const results = (await device.read(compiled(values))) as readonly HostArray[]
  const errors = compositions.map(({ name, reference, tolerance = 2e-6 }, i) => {
    const error = furthest(plain(results[i]!), reference(...values[name]!.map(plain)))
    return { name, beyond: error > tolerance ? error : 0 }
  })
  expect(errors.filter(({ beyond }) => beyond > 0)).toEqual([])
})
