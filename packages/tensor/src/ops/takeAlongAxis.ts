import { isInteger } from "../dtype/dtype.ts"
import { differing } from "../shape/disagreement.ts"
import { dualPair } from "../op/dual.ts"
import { raise } from "../error.ts"
import type { Tensor } from "../graph/tensor.ts"
import { resolveAxis, sizeOf } from "../shape/shape.ts"
import { clamp } from "./clamp.ts"
import { add } from "./add.ts"
import { cast } from "./cast.ts"
import { iota } from "./iota.ts"
import { mul } from "./mul.ts"
import { transpose } from "./permute.ts"
import { reshape } from "./reshape.ts"
import { take } from "./take.ts"

const agree = (x: Tensor, indices: Tensor, axis: number | null): axis is number =>
  axis !== null &&
  isInteger(indices.dtype) &&
  x.shape.length === indices.shape.length &&
  x.shape.every((extent, i) => i === axis || extent === indices.shape[i])

const alongLast = (x: Tensor, indices: Tensor): Tensor => {
  const extent = x.shape.at(-1)!
  const lines = sizeOf(x.shape.slice(0, -1))
  const first = mul(reshape(iota([lines], 0), [...x.shape.slice(0, -1), 1]), extent)
  return take(reshape(x, [lines * extent]), add(clamp(cast(indices, "i32"), 0, Math.max(0, extent - 1)), first))
}

/**
 * Elements by number along `axis` (the last by default): y[…, j, …] = x[…, indices[…, j, …], …]. indices: i32|u32 of x's shape but for
 * that axis; numbers outside are clamped. Throws `ShapeMismatch`.  Source: numpy.take_along_axis; torch.gather.
 */
export const takeAlongAxis = dualPair("takeAlongAxis", (x, indices, axis: number = -1) => {
  const at = resolveAxis(axis, x.shape.length)
  if (!agree(x, indices, at))
    return raise({
      _tag: "ShapeMismatch",
      op: "takeAlongAxis",
      operands: [
        { name: "x", shape: x.shape, dtype: x.dtype, marked: differing(x.shape, indices.shape, at ?? -1) },
        {
          name: "indices",
          shape: indices.shape,
          dtype: indices.dtype,
          marked: differing(indices.shape, x.shape, at ?? -1),
        },
      ],
      rule: `indices must be i32 or u32, and have x's shape but for axis ${axis}`,
      remedy: "take(table, indices) takes whole rows",
    })
  return transpose(alongLast(transpose(x, at, -1), transpose(indices, at, -1)), at, -1)
})
