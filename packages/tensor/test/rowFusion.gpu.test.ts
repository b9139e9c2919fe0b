import { afterAll, beforeAll, expect, test } from "vitest"
import {
  add,
  cos,
  erf,
  exp,
  groupNorm,
  input,
  interpret,
  iota,
  layerNorm,
  max,
  mean,
  mul,
  openDevice,
  reshape,
  sizeOf,
  slice,
  softmax,
  square,
  sub,
  sum,
  variance,
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

/** Elements further from the reference than the tolerance, relative to 1 or to themselves where they are larger. */
const apart = (got: HostArray, want: HostArray, tolerance: number): number =>
  Array.from(want.data).filter(
    (value, i) =>
      !Object.is(got.data[i], value) && !(Math.abs(got.data[i]! - value) <= tolerance * (1 + Math.abs(value))),
  ).length

const checkRows = async (
  program: Program,
  shape: readonly number[],
  from: Device = device,
  given: HostArray = wave(shape),
  tolerance = 3e-6,
) => {
  using compiled = await from.compile(({ x }: { x: Tensor }) => program(x), { x: f32(shape) })
  const got = await from.read(compiled({ x: given }))
  const want = interpret(program(input(f32(shape), "x")), new Map([["x", given]]), { precision: "f64" })
  for (const name of Object.keys(want))
    expect({ shape, name, apart: apart(got[name]!, want[name]!, tolerance) }).toEqual({ shape, name, apart: 0 })
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
  expect((await checkRows(normalised, [65, 100])).steps.length).toBe(1)
})

test("a softmax is one kernel, for rows shorter than a subgroup's walk and longer", async () => {
  for (const length of [16, 17, 33, 259, 1031])
    expect((await checkRows(probabilities, [65, length])).steps.length).toBe(1)
})

test("several results of the same rows come from one kernel", async () => {
  const plan = await checkRows(everything, [70, 45])
  expect(plan.steps.map(({ family }) => family)).toEqual(["rows"])
  expect(plan.steps[0]!.bindings.filter(({ access }) => access === "write").length).toBe(4)
})

test("rows may be cut across other axes", async () => {
  expect((await checkRows(groups, [16, 8, 5, 7])).steps.map(({ family }) => family)).toEqual(["rows"])
})

test.each([[[1, 5000]], [[3, 700]], [[2, 40]]] as const)("few rows or one compute the same: %j", async (shape) => {
  for (const program of [normalised, probabilities, everything]) await checkRows(program, shape)
})

test("adapters without subgroups compute the same", async () => {
  await using other = await openDevice({ planFor: { subgroupSize: 0, textureExtent: 0 } })
  for (const program of [normalised, probabilities, everything, scaledRows])
    for (const length of [44, 45])
      expect((await checkRows(program, [300, length], other)).steps.length).toBeGreaterThan(0)
  await checkRows(channels(4), [2, 8, 16, 16], other, wave([2, 8, 16, 16]), 1e-5)
})

// Scale and offset are the same for all rows, so rows are walked together.
const scaledRows: Program = (x) => {
  const width = x.shape[1]!
  const weight = slice(reshape(x, [sizeOf(x.shape)]), { ends: [width] })
  return { y: add(mul(layerNorm(x), cos(iota([width], 0, "f32"))), weight) }
}

test("rows walked together overlap where their number is odd", async () => {
  for (const rows of [127, 128, 131, 1024, 1027]) await checkRows(scaledRows, [rows, 36])
  await checkRows(scaledRows, [131, 33])
})

test.each([20, 32, 64, 68, 128, 160, 1028, 4112])("walks end where rows of %i elements do", async (length) => {
  for (const program of [normalised, probabilities, everything]) await checkRows(program, [9, length])
})

test("long rows are folded in blocks", async () => {
  const folds: Program = (x) => ({ total: mean(x, { axis: 1 }), top: max(x, { axis: 1 }), y: normalised(x)["y"]! })
  for (const length of [16_384, 16_400, 40_001]) await checkRows(folds, [8, length])
})

test("the variance of numbers far from 0 keeps its digits", async () => {
  const shape = [65, 1024]
  const far = { ...wave(shape), data: wave(shape).data.map((x, i) => Math.fround(x + (i % 1024 === 0 ? -7000 : 1000))) }
  const spread: Program = (x) => ({ spread: mul(variance(x, { axis: 1 }), 1e-4) })
  await checkRows(spread, shape, device, far as HostArray, 2e-5)
})

test("masked elements are no part of a softmax, and rows of nothing else are NaN", async () => {
  const shape = [64, 72]
  const masked = wave(shape)
  masked.data.forEach((_, i) => {
    if (i % 72 >= i / 72) masked.data[i] = -Infinity
  })
  await checkRows(probabilities, shape, device, masked)
})

const channels =
  (n: number): Program =>
  (x) => ({
    y: groupNorm(x, { groups: n, weight: cos(iota([x.shape[1]!], 0, "f32")), bias: iota([x.shape[1]!], 0, "f32") }),
  })

test("what changes only from channel to channel is read once for each", async () => {
  for (const shape of [
    [4, 8, 16, 16],
    [1, 32, 8, 4],
    [3, 64, 8, 8],
    [1, 64, 5, 7],
  ]) {
    const plan = await checkRows(channels(shape[1]! / 2), shape, device, wave(shape), 1e-5)
    // A few long rows are worth a kernel of rows only where a subgroup shares each.
    const hasRows = plan.steps.some(({ family }) => family === "rows")
    expect(hasRows || device.planning.facts.subgroupSize === 0).toBe(true)
  }
})

test("what only a row kernel reads is computed inside it", async () => {
  const prologue: Program = (x) => ({ y: layerNorm(erf(exp(mul(x, 0.1)))) })
  const plan = await checkRows(prologue, [128, 96], device, wave([128, 96]), 1e-5)
  expect(plan.steps.map(({ family }) => family)).toEqual(["rows"])
})

test("a fold of other rows is not mixed in", async () => {
  const crossing: Program = (x) => {
    const rows = sum(x, { axis: 1, keep: true })
    return { y: mul(x, reshape(rows, [1, 64])) }
  }
  const plan = await checkRows(crossing, [64, 64])
  expect(plan.steps.length).toBeGreaterThan(1)
})
