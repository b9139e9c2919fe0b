import { expect, it } from "vitest"
import { openDevice } from "../../src/device/open.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import { hostKey } from "../../src/key/hostKey.ts"
import { interpret } from "../../src/graph/interpret.ts"
import { fill } from "../../src/ops/fill.ts"
import { foldIn, key, splitKey } from "../../src/ops/key.ts"
import { normal, randomBits, randomIntegers, uniform } from "../../src/ops/random.ts"

const draws = (root: Tensor) => {
  const [first, second] = splitKey(root, 2) as readonly [Tensor, Tensor]
  return {
    bits: randomBits(first, [7, 11]),
    uniform: uniform(second, [257], -2, 5),
    integers: randomIntegers(foldIn(root, 3), [300], -10, 1_000_000),
    normal: normal(foldIn(root, 4), [3000]),
    later: normal(foldIn(root, 4), [2, 500], fill([], 2000, "u32")),
  }
}

it("the device draws the reference's bits, from a key that is an argument", async () => {
  await using device = await openDevice()
  const compiled = await device.compile(({ root }: { root: Tensor }) => draws(root), {
    root: { shape: [2], dtype: "u32" },
  })
  const root = { shape: [2], dtype: "u32", data: Uint32Array.from(hostKey(77)) } as const
  const got = await device.read(compiled({ root }))
  const want = interpret(draws(key(77)))
  expect(got.bits.data).toEqual(want.bits.data)
  expect(got.integers.data).toEqual(want.integers.data)
  want.uniform.data.forEach((x, i) => expect(Math.abs(got.uniform.data[i]! - x)).toBeLessThanOrEqual(5e-7))
  expect([...got.later.data]).toEqual([...got.normal.data.subarray(2000, 3000)])
  // Box and Muller end in a logarithm and a cosine, each within a unit in the last place or so.
  want.normal.data.forEach((x, i) => expect(Math.abs(got.normal.data[i]! - x)).toBeLessThanOrEqual(2e-6))
})
