import * as E from "fp-ts/lib/Either.js"
import { isInteger } from "../dtype/dtype.ts"
import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { rowPosition } from "../host/rowPosition.ts"
import type { Op, Sample } from "../op/op.ts"
import type { HostArray } from "../host/array.ts"
import { isExtent, sameShape, sizeOf, type Shape, type Spec } from "../shape/shape.ts"
import { take } from "./take.ts"

export interface ScatterAddAttributes extends Readonly<Record<string, unknown>> {
  readonly rows: number
}

const scatterOnHost = (updates: HostArray, indices: HostArray, output: HostArray, rows: number): void => {
  const width = sizeOf(output.shape.slice(1))
  const sums = new Float64Array(output.data.length)
  for (let i = 0; i < indices.data.length; i++) {
    const row = rowPosition(indices.data[i]!, rows) * width
    for (let k = 0; k < width; k++) sums[row + k] = sums[row + k]! + updates.data[i * width + k]!
  }
  output.data.set(sums)
}

const agrees = (updates: Spec, indices: Spec, rows: number): boolean =>
  updates.dtype === "f32" &&
  isInteger(indices.dtype) &&
  sameShape(updates.shape.slice(0, indices.shape.length), indices.shape) &&
  isExtent(rows) &&
  (rows > 0 || sizeOf(indices.shape) === 0)

/** What errors call the axes: places that are numbered, then the rows that are added. */
const namesOf = ({ shape }: Spec, indices: Spec): readonly string[] =>
  shape.map((_, axis) => (axis < indices.shape.length ? "place" : "row"))

const scatterSample = (updates: Shape, indices: Shape, rows: number): Sample<ScatterAddAttributes> => ({
  inputs: [
    { shape: updates, dtype: "f32" },
    { shape: indices, dtype: "i32", low: 0, high: rows - 1 },
  ],
  attributes: { rows },
})

export const scatterAddOp: Op<ScatterAddAttributes> = {
  name: "scatterAdd",
  doc: "scatterAdd(u, i, n)[r, …] = Σ u[…k, …] over the k with i[…k] = r.  u: f32[...s, ...r], i: i32|u32[...s] → [n, ...r].  The transpose of take; sums in a fixed order",
  gives: ([updates, indices], { rows }) =>
    agrees(updates!, indices!, rows)
      ? E.right({ shape: [rows, ...updates!.shape.slice(indices!.shape.length)], dtype: "f32" })
      : E.left({
          _tag: "ShapeMismatch",
          op: "scatterAdd",
          operands: [
            { name: "updates", ...updates!, axes: namesOf(updates!, indices!) },
            { name: "indices", ...indices!, axes: namesOf(indices!, indices!) },
          ],
          rule: `updates must be f32[...indices, ...row] and indices i32 or u32, for ${rows} rows`,
          remedy: "reshape updates so that its leading axes are those of indices",
        }),
  cpu: ([updates, indices], output, { rows }) => scatterOnHost(updates!, indices!, output, rows),
  lowering: { kind: "kernel", family: "scatterAdd" },
  vjp: ({ inputs: [, indices], cotangent }) => [take(cotangent, indices!), null],
  flops: ([updates]) => sizeOf(updates!.shape),
  shows: [
    {
      inputs: [
        { shape: [3, 1], values: [1, 2, 4] },
        { shape: [3], values: [1, 0, 1], dtype: "i32" },
      ],
      attributes: { rows: 3 },
      output: { shape: [3, 1], values: [2, 5, 0] },
    },
  ],
  samples: [
    scatterSample([11, 5], [11], 7),
    scatterSample([2, 3], [2, 3], 4),
    scatterSample([3, 2], [], 1),
    scatterSample([0, 3], [0], 5),
    scatterSample([65_537, 2], [65_537], 3),
  ],
}

/**
 * Adds rows up by number: the transpose of `take`. updates: f32[...s, ...row], indices: i32|u32[...s] → [rows, ...row].
 * Numbers outside [0, rows) are clamped. Without float atomics, so the same bits every time.
 */
export const scatterAdd = (updates: Tensor, indices: Tensor, rows: number): Tensor =>
  applyOp(scatterAddOp, [updates, indices], { rows })
