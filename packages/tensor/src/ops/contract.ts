import * as E from "fp-ts/lib/Either.js"
import { raise, type TensorErrorDetail } from "../error.ts"
import { applyOp, isTensor, type Tensor } from "../graph.ts"
import type { HostArray, Op } from "../op.ts"
import { broadcastShapes, sameShape, sizeOf, type Shape, type Spec } from "../shape.ts"
import { isFloating } from "../dtype.ts"
import { cast } from "./cast.ts"
import { expand } from "./expand.ts"
import { transpose } from "./permute.ts"
import { reshape } from "./reshape.ts"

type NoAttributes = Readonly<Record<string, never>>

const mismatch = (a: Spec, b: Spec): TensorErrorDetail => ({
  _tag: "ShapeMismatch",
  op: "contract",
  operands: [
    { name: "a", ...a },
    { name: "b", ...b },
  ],
  rule: "a [...batch, m, k] and b [...batch, k, n] must agree in batch and k",
  remedy: "transpose(x) exchanges the last two axes",
})

const contractSpec = ([a, b]: readonly Spec[]): E.Either<TensorErrorDetail, Spec> => {
  const rank = a!.shape.length
  const batch = a!.shape.slice(0, -2)
  const agrees =
    rank >= 2 &&
    b!.shape.length === rank &&
    sameShape(batch, b!.shape.slice(0, -2)) &&
    a!.shape[rank - 1] === b!.shape[rank - 2]
  if (!agrees) return E.left(mismatch(a!, b!))
  return isFloating(a!.dtype) && isFloating(b!.dtype)
    ? E.right({ shape: [...batch, a!.shape[rank - 2]!, b!.shape[rank - 1]!], dtype: "f32" })
    : E.left({
        _tag: "DTypeMismatch",
        op: "contract",
        operands: [
          { name: "a", ...a! },
          { name: "b", ...b! },
        ],
        rule: "operands must be f32 or f16",
        remedy: 'cast(x, "f32") converts',
      })
}

// One row of the product, accumulated in f64 over the rows of b so that memory is walked forwards.
const contractRow = (
  a: HostArray,
  b: HostArray,
  output: HostArray,
  row: number,
  bStart: number,
  k: number,
  n: number,
  sums: Float64Array,
): void => {
  sums.fill(0)
  for (let inner = 0; inner < k; inner++) {
    const factor = a.data[row * k + inner]!
    const start = bStart + inner * n
    for (let column = 0; column < n; column++) sums[column] = sums[column]! + factor * b.data[start + column]!
  }
  output.data.set(sums, row * n)
}

const contractOnHost = (a: HostArray, b: HostArray, output: HostArray): void => {
  const [m, k] = a.shape.slice(-2) as [number, number]
  const n = b.shape.at(-1)!
  const sums = new Float64Array(n)
  const rows = sizeOf(a.shape.slice(0, -1))
  for (let row = 0; row < rows; row++) contractRow(a, b, output, row, Math.floor(row / m) * k * n, k, n, sums)
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
  if (a.shape.length < 2 || b.shape.length < 2) return raise(mismatch(a, b))
  if (b.shape.length === 2 && a.shape.length > 2 && sizeOf(a.shape) > 0) return tallProduct(a, b)
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2))
  return batch === null ? raise(mismatch(a, b)) : applyOp(contractOp, [withBatch(a, batch), withBatch(b, batch)], {})
}

/**
 * Matrix product over the last two axes, batch axes broadcast. a: [...batch, m, k], b: [...batch, k, n] → [...batch, m, n].
 * Reads both ways: `matmul(x, w)` and `pipe(x, matmul(w))`. Throws `ShapeMismatch` when the inner axes differ.
 */
export const matmul = ((a: Tensor, b?: Tensor) => (isTensor(b) ? product(a, b) : (x: Tensor) => product(x, a))) as {
  (a: Tensor, b: Tensor): Tensor
  (b: Tensor): (a: Tensor) => Tensor
}
