import { expect, it } from "vitest"
import { argsort, f32, mul, openDevice, sort, sum, type Tensor } from "../../src/index.ts"
import { gradients } from "./reverse.ts"

const special = [NaN, Infinity, -Infinity, 0, -0, 1e-40, -1e-40, 3]

/** Few different numbers, so that many are equal, and all kinds of them. */
const drawn = (length: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => ((i * 7919) % 5 === 0 ? special[(i * 31) % 8]! : ((i * 613) % 97) - 48))

const placesOf = (xs: Float32Array, descending: boolean): readonly number[] => {
  const less = (a: number, b: number): boolean => a < b || (Number.isNaN(b) && !Number.isNaN(a))
  const sign = descending ? -1 : 1
  return [...xs.keys()].toSorted((i, j) => (less(xs[i]!, xs[j]!) ? -sign : less(xs[j]!, xs[i]!) ? sign : i - j))
}

it.each([
  [300, false],
  [1000, true],
  [257, false],
])(
  "a line of %i elements is sorted stably, NaN as the largest, to the same bits each time",
  async (length, descending) => {
    await using device = await openDevice()
    const data = drawn(2 * length)
    const spec = f32([2, length])
    using compiled = await device.compile(({ x }: { readonly x: Tensor }) => argsort(x, { descending }), { x: spec })
    expect(compiled.plan.steps.filter(({ family }) => family === "mergeOrder")).toHaveLength(
      Math.ceil(Math.log2(length)),
    )
    const sorted = async () => [...(await device.read(compiled({ x: { ...spec, data } }))).data]
    const got = await sorted()
    expect(got).toEqual([0, length].flatMap((from) => placesOf(data.subarray(from, from + length), descending)))
    expect(await sorted()).toEqual(got)
  },
)

it("the gradient of a sorted line goes back to where its elements were; values alone need no way back", async () => {
  await using device = await openDevice()
  const spec = f32([400])
  const loss = (x: Tensor, w: Tensor): Tensor => sum(mul(sort(x), w))
  const program = ({ x, w }: { readonly x: Tensor; readonly w: Tensor }) => gradients(loss(x, w), [x])[0]!
  using compiled = await device.compile(program, { x: spec, w: spec })
  const data = Float32Array.from({ length: 400 }, (_, i) => ((i * 149) % 401) - 200)
  const weights = Float32Array.from({ length: 400 }, (_, i) => i)
  const ranks = [...data].map((value) => data.filter((other) => other < value).length)
  const got = await device.read(compiled({ x: { ...spec, data }, w: { ...spec, data: weights } }))
  expect([...got.data]).toEqual(ranks)
  using alone = await device.compile(({ x }: { readonly x: Tensor }) => sort(x), { x: spec })
  expect(alone.plan.steps.filter(({ family }) => family === "mergeOrder")).toHaveLength(9)
})
