import { raise } from "../error.ts"
import { dualPair } from "../op/dual.ts"
import { add } from "./add.ts"
import { iota } from "./iota.ts"
import { mul } from "./mul.ts"
import { reshape } from "./reshape.ts"
import { take } from "./take.ts"

/**
 * For each batch element its own rows: out[b, j] = x[b, indices[b, j]]. x: [batch, n, ...row], indices: i32|u32[batch, k] →
 * [batch, k, ...row]. Numbers must lie in [0, n). Throws `ShapeMismatch` unless the batches agree.
 */
export const takeBatched = dualPair("takeBatched", (x, indices) => {
  const [batch, rows] = x.shape
  if (rows === undefined || indices.shape.length !== 2 || indices.shape[0] !== batch)
    return raise({
      _tag: "ShapeMismatch",
      op: "takeBatched",
      operands: [
        { name: "x", shape: x.shape, dtype: x.dtype, axes: ["batch", "n", ...x.shape.slice(2).map(() => "row")] },
        { name: "indices", shape: indices.shape, dtype: indices.dtype, axes: ["batch", "k"] },
      ],
      rule: "x must be [batch, n, ...row] and indices [batch, k]",
      remedy: "take(table, indices) serves one table for all",
    })
  const firstRow = mul(iota([batch!, 1], 0, indices.dtype), rows)
  return take(reshape(x, [batch! * rows, ...x.shape.slice(2)]), add(indices, firstRow))
})
