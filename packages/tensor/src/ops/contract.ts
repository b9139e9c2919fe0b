import * as E from "fp-ts/lib/Either.js"
import { raise, type TensorErrorDetail } from "../error.ts"
import { dualPair } from "../op/dual.ts"
import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { wide } from "../host/wide.ts"
import type { Op } from "../op/op.ts"
import type { HostArray } from "../host/array.ts"
import { broadcastShapes, sameShape, sizeOf, type Shape, type Spec } from "../shape/shape.ts"
import { isFloating } from "../dtype/dtype.ts"
import { cast } from "./cast.ts"
import { expand } from "./expand.ts"
import { transpose } from "./permute.ts"
import { reshape } from "./reshape.ts"

type NoAttributes = Readonly<Record<string, never>>

const operandsOf = (a: Spec, b: Spec, marked: readonly [readonly number[], readonly number[]]) => [
  { name: "a", shape: a.shape, dtype: a.dtype, axes: ["m", "k"], marked: marked[0] },
  { name: "b", shape: b.shape, dtype: b.dtype, axes: ["k", "n"], marked: marked[1] },
]

const turned = ({ shape }: Spec): Shape => [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!]

const fitting = (a: Spec, b: Spec): string => {
  if (a.shape.at(-1) === b.shape.at(-1)) return `transpose(b): [${turned(b).join(", ")}] fits`
  return a.shape.at(-2) === b.shape.at(-2)
    ? `transpose(a): [${turned(a).join(", ")}] fits`
    : "transpose(x) exchanges the last two axes, reshape(x, shape) splits and joins axes"
}

const innerMismatch = (a: Spec, b: Spec): TensorErrorDetail => ({
  _tag: "ShapeMismatch",
  op: "matmul",
  operands: operandsOf(a, b, [[a.shape.length - 1], [b.shape.length - 2]]),
  rule: "the last axis of a and the last but one of b, which are summed over, must agree",
  remedy: fitting(a, b),
})

const batchAxes = ({ shape }: Spec): readonly number[] => shape.slice(0, -2).map((_, axis) => axis)

const batchMismatch = (a: Spec, b: Spec): TensorErrorDetail => ({
  _tag: "ShapeMismatch",
  op: "matmul",
  operands: operandsOf(a, b, [batchAxes(a), batchAxes(b)]),
  rule: "the axes before the last two must broadcast: each pair equal or 1, counted from the last",
  remedy: "reshape an operand so that its axes line up from the right",
})

const rankMismatch = (a: Spec, b: Spec): TensorErrorDetail => ({
  _tag: "ShapeMismatch",
  op: "matmul",
  operands: operandsOf(a, b, [[], []]),
  rule: "both operands must be matrices, or batches of them: a [...batch, m, k] and b [...batch, k, n]",
  remedy: "unsqueeze(x, 0) makes a row of a vector, unsqueeze(x, 1) a column; outer and dot take vectors",
})

const contractSpec = ([a, b]: readonly Spec[]): E.Either<TensorErrorDetail, Spec> => {
  const rank = a!.shape.length
  const batch = a!.shape.slice(0, -2)
  if (rank < 2 || b!.shape.length !== rank) return E.left(rankMismatch(a!, b!))
  if (a!.shape[rank - 1] !== b!.shape[rank - 2]) return E.left(innerMismatch(a!, b!))
  if (!sameShape(batch, b!.shape.slice(0, -2))) return E.left(batchMismatch(a!, b!))
  return isFloating(a!.dtype) && isFloating(b!.dtype)
    ? E.right({ shape: [...batch, a!.shape[rank - 2]!, b!.shape[rank - 1]!], dtype: "f32" })
    : E.left({
        _tag: "DTypeMismatch",
        op: "matmul",
        operands: operandsOf(a!, b!, [[], []]),
        rule: "operands must be f32 or f16",
        remedy: 'cast(x, "f32") converts',
      })
}

// One row of the product, accumulated in f64 over the rows of b so that memory is walked forwards.
const contractRow = (
  a: Float64Array,
  b: Float64Array,
  output: HostArray,
  row: number,
  bStart: number,
  k: number,
  n: number,
  sums: Float64Array,
): void => {
  sums.fill(0)
  for (let inner = 0; inner < k; inner++) {
    const factor = a[row * k + inner]!
    const start = bStart + inner * n
    for (let column = 0; column < n; column++) sums[column] = sums[column]! + factor * b[start + column]!
  }
  output.data.set(sums, row * n)
}

const contractOnHost = (a: HostArray, b: HostArray, output: HostArray): void => {
  const [m, k] = a.shape.slice(-2) as [number, number]
  const n = b.shape.at(-1)!
  const sums = new Float64Array(n)
  const rows = sizeOf(a.shape.slice(0, -1))
  const [left, right] = [wide(a), wide(b)]
  for (let row = 0; row < rows; row++) contractRow(left, right, output, row, Math.floor(row / m) * k * n, k, n, sums)
}

export const contractOp: Op<NoAttributes> = {
  name: "contract",
  doc: "contract(a, b)[…, m, n] = Σk a[…, m, k]·b[…, k, n].  a: [...batch, m, k], b: [...batch, k, n] → f32[...batch, m, n]; sums in f32",
  gives: contractSpec,
  cpu: ([a, b], output) => contractOnHost(a!, b!, output),
  lowering: { kind: "kernel", family: "contract" },
  vjp: ({ inputs: [a, b], cotangent }) => [
    cast(applyOp(contractOp, [cotangent, transpose(b!)], {}), a!.dtype),
    cast(applyOp(contractOp, [transpose(a!), cotangent], {}), b!.dtype),
  ],
  flops: ([a], output) => 2 * sizeOf(output.shape) * a!.shape.at(-1)!,
  shows: [
    {
      inputs: [
        { shape: [1, 2], values: [1, 2] },
        { shape: [2, 1], values: [3, 4] },
      ],
      attributes: {},
      output: { shape: [1, 1], values: [11] },
    },
  ],
  samples: (
    [
      [
        [1, 1],
        [1, 1],
      ],
      [
        [7, 13],
        [13, 5],
      ],
      [
        [33, 65],
        [65, 67],
      ],
      [
        [2, 3, 17, 9],
        [2, 3, 9, 31],
      ],
      [
        [4, 0],
        [0, 3],
      ],
      [
        [0, 4],
        [4, 3],
      ],
      [
        [65_537, 3],
        [3, 2],
      ],
      [
        [128, 128],
        [128, 128],
      ],
    ] as const
  ).map(([a, b]) => ({
    inputs: [
      { shape: a, dtype: "f32" },
      { shape: b, dtype: "f32" },
    ],
    attributes: {},
  })),
}

const withBatch = (x: Tensor, batch: Shape): Tensor => {
  const shape = [...batch, ...x.shape.slice(-2)]
  return sameShape(shape, x.shape) ? x : expand(x, shape)
}

// A matrix shared by the whole batch makes one tall contraction of it, which keeps its gradient a single contraction too.
const tallProduct = (a: Tensor, b: Tensor): Tensor => {
  const tall = applyOp(contractOp, [reshape(a, [-1, a.shape.at(-1)!]), b], {})
  return reshape(tall, [...a.shape.slice(0, -1), b.shape.at(-1)!])
}

const product = (a: Tensor, b: Tensor): Tensor => {
  if (a.shape.length < 2 || b.shape.length < 2) return raise(rankMismatch(a, b))
  if (a.shape.at(-1) !== b.shape.at(-2)) return raise(innerMismatch(a, b))
  if (b.shape.length === 2 && a.shape.length > 2 && sizeOf(a.shape) > 0) return tallProduct(a, b)
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2))
  return batch === null
    ? raise(batchMismatch(a, b))
    : applyOp(contractOp, [withBatch(a, batch), withBatch(b, batch)], {})
}

/**
 * Matrix product over the last two axes, batch axes broadcast. a: [...batch, m, k], b: [...batch, k, n] → [...batch, m, n].
 * Reads both ways: `matmul(x, w)` and `pipe(x, matmul(w))`. Throws `ShapeMismatch` when the inner axes differ.
 */
export const matmul = dualPair("matmul", product)
