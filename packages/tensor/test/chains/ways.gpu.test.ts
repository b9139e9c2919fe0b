import { expect, test } from "vitest"
import { openDevice } from "../../src/device/open.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import { hostKey } from "../../src/key/hostKey.ts"
import type { HostArray } from "../../src/host/array.ts"
import { randomArray } from "../ops/samples.ts"
import { all, always, forward, inWorkgroups, interpreted, memory, testWays } from "./oddSizes.ts"

// Tiles in workgroup memory are slow to compile: the largest, and what needs more than one kind of each, are long tests.
testWays([
  [["textures", "tiles", "implicit", "taps"], 0, {}, all],
  [["textures", "lanes", "winograd"], -1, {}, all],
  [["registers"], 0, { textureExtent: 0 }, all],
  [["workgroup"], 0, memory, inWorkgroups],
])

// What fills a vector of channels must be zero by itself: times the zeros that fill the weights, an infinity is NaN.
test("an infinite pixel of the last channel makes infinite what it meets, and nothing NaN, where channels fill no vector", async () => {
  await using device = await openDevice({ choose: always(["implicit"], 0) })
  const values = forward.shapes.map((shape, i) => randomArray({ shape, dtype: "f32", low: 1, high: 2 }, hostKey(i)))
  values[0]!.data[values[0]!.data.length - 1] = Infinity
  using compiled = await device.compile(({ x }: { readonly x: readonly Tensor[] }) => forward.program(x), { x: values })
  const { data } = (await device.read(compiled({ x: values }))) as unknown as HostArray
  const want = interpreted(forward, values)
  expect(want.data.filter((x) => x === Infinity).length).toBeGreaterThan(0)
  expect(
    [...data].filter((x, i) => (Number.isFinite(x) ? !Number.isFinite(want.data[i]!) : x !== want.data[i])),
  ).toEqual([])
})
