import { afterAll, beforeAll, expect, test } from "vitest"
import {
  add,
  exp,
  input,
  interpret,
  layerNorm,
  max,
  mean,
  mul,
  openDevice,
  reshape,
  sizeOf,
  softmax,
  square,
  sub,
  sum,
  type Device,
  type HostArray,
  type Tensor,
} from "../src/index.ts"

let device: Device

beforeAll(async () => {
  device = await openDevice()
})

afterAll(() => device.close())

const f32 = (shape: readonly number[]) => ({ shape, dtype: "f32" as const })

const wave = (shape: readonly number[]): HostArray => ({
  ...f32(shape),
  data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * 0.37) * 2 + 0.3),
})

type Program = (x: Tensor) => Readonly<Record<string, Tensor>>

const run = async (program: Program, shape: readonly number[], from: Device = device) => {
  using compiled = await from.compile(({ x }: { x: Tensor }) => program(x), { x: f32(shape) })
  const got = await from.read(compiled({ x: wave(shape) }))
  const want = interpret(program(input(f32(shape), "x")), new Map([["x", wave(shape)]]))
  for (const name of Object.keys(want))
    for (let i = 0; i < want[name]!.data.length; i++)
      expect(Math.abs(got[name]!.data[i]! - want[name]!.data[i]!)).toBeLessThan(
        3e-6 * (1 + Math.abs(want[name]!.data[i]!)),
      )
  return compiled.plan
}

const normalised: Program = (x) => ({ y: layerNorm(x, { eps: 1e-5 }) })
const probabilities: Program = (x) => ({ y: softmax(x) })

// Statistics that are wanted outside as well as the rows made of them.
const everything: Program = (x) => {
  const centre = mean(x, { axis: 1, keep: true })
  const spread = mean(square(sub(x, centre)), { axis: 1, keep: true })
  return { centre, spread, y: mul(sub(x, centre), spread), top: max(exp(mul(x, 0.1)), { axis: 1 }) }
}

const groups: Program = (x) => {
  const [n, c, h, w] = x.shape as readonly [number, number, number, number]
  const folded = reshape(x, [n, 4, (c / 4) * h * w])
  return { y: add(reshape(sub(folded, mean(folded, { axis: 2, keep: true })), [n, c, h, w]), 1) }
}

test("a layer norm is one kernel", async () => {
  expect((await run(normalised, [65, 100])).steps.length).toBe(1)
})

test("a softmax is one kernel, for rows shorter than a subgroup's walk and longer", async () => {
  for (const length of [16, 17, 33, 259, 1031]) expect((await run(probabilities, [65, length])).steps.length).toBe(1)
})

test("several results of the same rows come from one kernel", async () => {
  const plan = await run(everything, [70, 45])
  expect(plan.steps.map(({ family }) => family)).toEqual(["rows"])
  expect(plan.steps[0]!.bindings.filter(({ access }) => access === "write").length).toBe(4)
})

test("rows may be cut across other axes", async () => {
  expect((await run(groups, [16, 8, 5, 7])).steps.map(({ family }) => family)).toEqual(["rows"])
})

test("few rows, one row and adapters without subgroups compute the same", async () => {
  for (const shape of [
    [1, 5000],
    [3, 700],
    [2, 40],
  ] as const)
    for (const program of [normalised, probabilities, everything]) await run(program, shape)
  await using other = await openDevice({ planFor: { subgroupSize: 0, textureExtent: 0 } })
  for (const program of [normalised, probabilities, everything])
    expect((await run(program, [300, 45], other)).steps.length).toBeGreaterThan(0)
})

test("a fold of other rows is not mixed in", async () => {
  const crossing: Program = (x) => {
    const rows = sum(x, { axis: 1, keep: true })
    return { y: mul(x, reshape(rows, [1, 64])) }
  }
  const plan = await run(crossing, [64, 64])
  expect(plan.steps.length).toBeGreaterThan(1)
})
