import { readFileSync } from "node:fs"
import { expect, it, test } from "vitest"
import { hostZeros, isFloating, type DType } from "../src/dtype/dtype.ts"
import type { Tensor } from "../src/graph/tensor.ts"
import { interpret } from "../src/graph/interpret.ts"
import type { HostArray } from "../src/host/array.ts"
import * as t from "../src/ops/index.ts"
import type { ReduceOptions } from "../src/op/reduction.ts"
import { ops } from "../src/ops/registry.ts"
import { sizeOf, type Shape, type Spec } from "../src/shape/shape.ts"
import { gradients } from "./ops/reverse.ts"

/** A case of golden/ops.json: an op on drawn arguments, its value by PyTorch, and gradients of Σ value·weights. */
interface Golden {
  readonly op: string
  readonly inputs: readonly (Spec & { readonly range?: readonly [low: number, high: number] })[]
  readonly attributes?: Readonly<Record<string, unknown>>
  readonly shape: Shape
  readonly value: readonly number[]
  readonly gradients?: readonly (readonly number[] | null)[]
}

interface File {
  readonly seed: number
  readonly cases: readonly Golden[]
}

const { seed, cases } = JSON.parse(readFileSync(new URL("golden/ops.json", import.meta.url), "utf8")) as File

const ranges: Readonly<Record<DType, readonly [low: number, high: number]>> = {
  f32: [-2, 2],
  f16: [-2, 2],
  i32: [-9, 9],
  u32: [0, 9],
  bool: [0, 1],
}

/** The same numbers as ops.py draws. */
const drawn = (number: number, index: number, { shape, dtype, range }: Golden["inputs"][number]): HostArray => {
  const [low, high] = range ?? ranges[dtype]
  const data = hostZeros(dtype, sizeOf(shape))
  let state = (seed + 7919 * number + 104729 * index) % 2 ** 32
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const unit = (state >>> 8) / 2 ** 24
    data[i] = isFloating(dtype) ? low + (high - low) * unit : Math.trunc(low + (high - low + 1) * unit)
  }
  return { shape, dtype, data }
}

/** Applies an op; attributes come as ops.py passed them. */
type Call = (x: readonly Tensor[], attributes: never) => Tensor

const elementwise = {
  abs: t.abs,
  neg: t.neg,
  exp: t.exp,
  log: t.log,
  sqrt: t.sqrt,
  rsqrt: t.rsqrt,
  sin: t.sin,
  cos: t.cos,
  tan: t.tan,
  tanh: t.tanh,
  erf: t.erf,
  logistic: t.logistic,
  floor: t.floor,
  ceil: t.ceil,
  round: t.round,
  sign: t.sign,
  square: t.square,
  reciprocal: t.reciprocal,
  relu: t.relu,
  silu: t.silu,
  gelu: t.gelu,
  geluTanh: t.geluTanh,
  quickGelu: t.quickGelu,
  logicalNot: t.logicalNot,
}

const ofTwo = {
  add: t.add,
  sub: t.sub,
  mul: t.mul,
  div: t.div,
  remainder: t.remainder,
  power: t.power,
  maximum: t.maximum,
  minimum: t.minimum,
  less: t.less,
  lessEqual: t.lessEqual,
  greater: t.greater,
  greaterEqual: t.greaterEqual,
  equal: t.equal,
  notEqual: t.notEqual,
  logicalAnd: t.logicalAnd,
  logicalOr: t.logicalOr,
  bitAnd: t.bitAnd,
  bitOr: t.bitOr,
  bitXor: t.bitXor,
  shiftLeft: t.shiftLeft,
  shiftRight: t.shiftRight,
  matmul: t.matmul,
  take: t.take,
  takeBatched: t.takeBatched,
  crossEntropy: t.crossEntropy,
  meanSquaredError: t.meanSquaredError,
  l1: t.l1,
}

const folds = {
  sum: t.sum,
  max: t.max,
  min: t.min,
  mean: t.mean,
  variance: t.variance,
  logSumExp: t.logSumExp,
  norm: t.norm,
}

const calls: Readonly<Record<string, Call>> = {
  ...Object.fromEntries(Object.entries(elementwise).map(([name, op]): [string, Call] => [name, ([x]) => op(x!)])),
  ...Object.fromEntries(Object.entries(ofTwo).map(([name, op]): [string, Call] => [name, ([x, y]) => op(x!, y!)])),
  ...Object.fromEntries(
    Object.entries(folds).map(([name, op]): [string, Call] => [name, ([x], options: ReduceOptions) => op(x!, options)]),
  ),
  isNaN: ([x]) => t.isNaN(t.log(x!)),
  isFinite: ([x]) => t.isFinite(t.log(x!)),
  isInfinite: ([x]) => t.isInfinite(t.reciprocal(t.cast(x!, "f32"))),
  select: ([c, x, y]) => t.select(c!, x!, y!),
  clamp: ([x], { low, high }: { low: number; high: number }) => t.clamp(x!, low, high),
  cast: ([x], { dtype }: { dtype: DType }) => t.cast(x!, dtype),
  softmax: ([x], { axis }: { axis: number }) => t.softmax(x!, { axis }),
  logSoftmax: ([x], { axis }: { axis: number }) => t.logSoftmax(x!, { axis }),
  argmax: ([x], { axis }: { axis: number }) => t.argmax(x!, { axis }),
  any: ([x], { axis }: { axis: number }) => t.any(x!, { axis }),
  all: ([x], { axis }: { axis: number }) => t.all(x!, { axis }),
  layerNorm: ([x, weight, bias], { eps }: { eps: number }) => t.layerNorm(x!, { weight: weight!, bias: bias!, eps }),
  groupNorm: ([x, weight, bias], { groups, eps }: { groups: number; eps: number }) =>
    t.groupNorm(x!, { groups, weight: weight!, bias: bias!, eps }),
  reshape: ([x], { shape }: { shape: Shape }) => t.reshape(x!, shape),
  permute: ([x], { order }: { order: readonly number[] }) => t.permute(x!, order),
  expand: ([x], { shape }: { shape: Shape }) => t.expand(x!, shape),
  slice: ([x], options: t.SliceOptions) => t.slice(x!, options),
  pad: ([x], options: t.PadOptions) => t.pad(x!, options),
  flip: ([x], { axes }: { axes: readonly number[] }) => t.flip(x!, axes),
  concat: (x, { axis }: { axis: number }) => t.concat(x, axis),
  stack: (x) => t.stack(x, 0),
  unsqueeze: ([x], { axis }: { axis: number }) => t.unsqueeze(x!, axis),
  squeeze: ([x], { axis }: { axis: number }) => t.squeeze(x!, axis),
  scatterAdd: ([updates, indices], { rows }: { rows: number }) => t.scatterAdd(updates!, indices!, rows),
  iota: (_, { shape, axis }: { shape: Shape; axis: number }) => t.iota(shape, axis),
  fill: (_, { shape, value }: { shape: Shape; value: number }) => t.fill(shape, value),
  linear: ([x, weight, bias]) => t.linear(x!, weight!, bias!),
  einsum: (x, { formula }: { formula: string }) => t.einsum(formula, ...x),
  conv2d: ([x, w, bias], options: t.Conv2dOptions) =>
    t.conv2d(x!, w!, bias === undefined ? options : { ...options, bias }),
  upsampleNearest2d: ([x], { factor }: { factor: number }) => t.upsampleNearest2d(x!, factor),
  resizeBilinear: ([x], { size }: { size: readonly [number, number] }) => t.resizeBilinear(x!, size),
  attention: ([q, k, v], { causal }: { causal: boolean }) => t.attention(q!, k!, v!, { causal }),
}

/** Ops that PyTorch's values reach under another name, or that have nothing to compare. */
const elsewhere: Readonly<Record<string, string>> = {
  contract: "as matmul, einsum and linear",
  conv2dInput: "as a gradient of conv2d",
  conv2dWeight: "as a gradient of conv2d",
  attentionQueries: "as a gradient of attention",
  attentionKeys: "as a gradient of attention",
  peak: "inside softmax, logSumExp and norm",
  input: "computes nothing",
  constant: "computes nothing",
  variable: "computes nothing",
  named: "computes nothing",
  recompute: "computes nothing",
  stopGradient: "computes nothing",
  customPullback: "computes nothing",
  mergeOrder: "a pass of sort; whole sorts against JavaScript's stable one, in ordered.test.ts and sort.gpu.test.ts",
  threefry: "against the vectors of its authors, in key/threefry.test.ts",
}

const close = (got: HostArray, want: readonly number[], tolerance: number): string | null => {
  const size = want.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  const at = want.findIndex(
    (x, i) => !(Math.abs(got.data[i]! - x) <= tolerance * Math.max(Math.abs(x), size / 16, 1e-3)),
  )
  return at < 0 ? null : `element ${at} is ${got.data[at]} instead of ${want[at]}`
}

const evaluated = ({ op, inputs, attributes }: Golden, number: number): readonly HostArray[] => {
  const leaves = inputs.map(({ shape, dtype }, i) => t.input({ shape, dtype }, `x${i}`))
  const value = calls[op]!(leaves, attributes as never)
  const weights = drawn(number, 99, { shape: value.shape, dtype: "f32" })
  const wrt = leaves.filter(({ dtype }) => isFloating(dtype))
  const wanted = isFloating(value.dtype) && wrt.length > 0
  const slopes = wanted ? gradients(t.sum(t.mul(value, t.input(weights, "weights"))), wrt) : []
  const given = new Map([["weights", weights], ...inputs.map((spec, i) => [`x${i}`, drawn(number, i, spec)] as const)])
  return interpret([value, ...slopes], given) as unknown as readonly HostArray[]
}

test.each(cases.map((one, number) => [one.op, number, one] as const))(
  "%s gives PyTorch's values and gradients (case %i)",
  (_op, number, one) => {
    const [value, ...slopes] = evaluated(one, number)
    expect(value!.shape).toEqual(one.shape)
    expect(close(value!, one.value, isFloating(value!.dtype) ? 1e-6 : 0)).toBeNull()
    const wrong = (one.gradients ?? []).map((want, i) => (want === null ? null : close(slopes[i]!, want, 4e-6)))
    expect(wrong.filter((text) => text !== null)).toEqual([])
  },
)

it("every op has values of PyTorch, or a reason why it has none", () => {
  const known = new Set([...cases.map(({ op }) => op), ...Object.keys(elsewhere)])
  expect(ops.map(({ name }) => name).filter((name) => !known.has(name))).toEqual([])
})
