import * as E from "fp-ts/lib/Either.js"
import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import type { Op, Sample } from "../op/op.ts"
import type { HostArray } from "../host/array.ts"
import { sameShape, sizeOf, type Shape } from "../shape/shape.ts"
import { expand } from "./expand.ts"

export interface MergeOrderAttributes extends Readonly<Record<string, unknown>> {
  /** Length of the runs that are in order already. */
  readonly width: number
  readonly descending: boolean
}

/** NaN is larger than every number, and as large as NaN. */
const before = (a: number, b: number, descending: boolean): boolean => {
  const [x, y] = descending ? [b, a] : [a, b]
  return x < y || (Number.isNaN(y) && !Number.isNaN(x))
}

/** How many of the first `count` merged elements are of the left run: no element of the right run goes before an equal one of it. */
const leftAmong = (
  count: number,
  left: number,
  right: number,
  rightFirst: (i: number, j: number) => boolean,
): number => {
  let [low, high] = [Math.max(0, count - right), Math.min(count, left)]
  while (low < high) {
    const middle = (low + high) >> 1
    if (rightFirst(middle, count - 1 - middle)) high = middle
    else low = middle + 1
  }
  return low
}

const mergeLine = (
  x: HostArray["data"],
  order: HostArray["data"],
  into: HostArray["data"],
  first: number,
  length: number,
  { width, descending }: MergeOrderAttributes,
): void => {
  const placeAt = (i: number): number => Math.min(length - 1, Math.max(0, order[first + i]!))
  const valueAt = (i: number): number => x[first + placeAt(i)]!
  for (let at = 0; at < length; at++) {
    const start = at - (at % (2 * width))
    const middle = Math.min(start + width, length)
    const [left, right] = [middle - start, Math.min(start + 2 * width, length) - middle]
    const rightFirst = (i: number, j: number): boolean => before(valueAt(middle + j), valueAt(start + i), descending)
    const i = leftAmong(at - start, left, right, rightFirst)
    const j = at - start - i
    const takesLeft = i < left && (j >= right || !rightFirst(i, j))
    into[first + at] = placeAt(takesLeft ? start + i : middle + j)
  }
}

const agrees = (shape: Shape, order: Shape, { width }: MergeOrderAttributes): boolean =>
  shape.length > 0 && sameShape(shape, order) && Number.isInteger(width) && width > 0

const sample = (shape: Shape, width: number, descending = false): Sample<MergeOrderAttributes> => ({
  inputs: [
    { shape, dtype: "f32" },
    { shape, dtype: "i32", low: 0, high: Math.max(0, shape.at(-1)! - 1) },
  ],
  attributes: { width, descending },
})

export const mergeOrderOp: Op<MergeOrderAttributes> = {
  name: "mergeOrder",
  doc: "mergeOrder(x, order; width): positions along the last axis, in order within runs of width, in order within runs of twice that; equal elements stay as they come.  x, order: [...s, n] → i32[...s, n]",
  gives: ([x, order], attributes) =>
    agrees(x!.shape, order!.shape, attributes) && order!.dtype === "i32" && ["f32", "i32", "u32"].includes(x!.dtype)
      ? E.right({ shape: x!.shape, dtype: "i32" })
      : E.left({
          _tag: "ShapeMismatch",
          op: "mergeOrder",
          operands: [
            { name: "x", ...x! },
            { name: "order", ...order! },
          ],
          rule: "order must be i32 of the shape of x, which has at least one axis, and runs at least one element",
          remedy: "argsort(x) sorts",
        }),
  cpu: ([x, order], output, attributes) => {
    const length = x!.shape.at(-1)!
    for (let first = 0; first < sizeOf(x!.shape); first += length)
      mergeLine(x!.data, order!.data, output.data, first, length, attributes)
  },
  lowering: { kind: "kernel", family: "mergeOrder" },
  vjp: { none: "positions have no derivative" },
  batch: ({ inputs, mapped, size, attributes }) => {
    const [x, order] = inputs.map((input, i) =>
      mapped[i] === true ? input : expand(input, [size, ...input.shape]),
    ) as [Tensor, Tensor]
    return applyOp(mergeOrderOp, [x, order], attributes)
  },
  flops: ([x], _output, { width }) => sizeOf(x!.shape) * 4 * (1 + Math.ceil(Math.log2(width + 1))),
  shows: [
    {
      inputs: [
        { shape: [4], values: [3, 1, 2, 0] },
        { shape: [4], values: [1, 0, 3, 2], dtype: "i32" },
      ],
      attributes: { width: 2, descending: false },
      output: { shape: [4], values: [3, 1, 2, 0], dtype: "i32" },
    },
    {
      inputs: [
        { shape: [5], values: [NaN, 1, -0, 0, NaN] },
        { shape: [5], values: [1, 0, 2, 3, 4], dtype: "i32" },
      ],
      attributes: { width: 2, descending: false },
      output: { shape: [5], values: [2, 3, 1, 0, 4], dtype: "i32" },
    },
  ],
  samples: [
    sample([7], 1),
    sample([3, 37], 8, true),
    sample([2, 0], 1),
    sample([1], 1),
    sample([5, 2, 70], 32),
    sample([65_537, 3], 2),
  ],
}

/** `order` merged by pairs of runs: one pass of a stable merge sort. */
export const mergeOrder = (x: Tensor, order: Tensor, width: number, descending: boolean): Tensor =>
  applyOp(mergeOrderOp, [x, order], { width, descending })
