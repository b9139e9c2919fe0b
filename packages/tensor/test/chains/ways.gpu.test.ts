import { expect, test } from "vitest"
import { openDevice } from "../../src/device/open.ts"
import type { Tensor } from "../../src/graph.ts"
import { hostKey } from "../../src/key/hostKey.ts"
import type { HostArray } from "../../src/op.ts"
import { randomArray } from "../ops/samples.ts"
import { always, forward, interpreted, memory, testWays } from "./oddSizes.ts"

// The first choice in workgroup memory, the largest tile, takes a minute to compile: ways.long.test.ts has it.
testWays([
  [["textures", "tiles", "implicit", "taps"], 0, {}],
  [["textures", "lanes", "winograd"], -1, {}],
  [["registers"], 0, { textureExtent: 0 }],
  [["workgroup"], -1, memory],
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
