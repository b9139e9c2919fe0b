import { dualOptions } from "../op/dual.ts"
import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { reduceAxes, reductionOp, type ReduceOptions } from "../op/reduction.ts"
import { cast } from "./cast.ts"
import { expand } from "./expand.ts"
import { reshape } from "./reshape.ts"

export const sumOp = reductionOp({
  name: "sum",
  doc: "sum(x, axis) = Σ x over the axes.  Accumulates in f32; an empty sum is 0",
  combine: "sum",
  takes: ["f32", "i32", "u32"],
  start: () => 0,
  fold: (held, value) => held + value,
  vjp: ({ inputs: [x], cotangent }) => [expand(cotangent, x!.shape)],
  shows: [
    {
      inputs: [{ shape: [2, 2], values: [1, 2, 3, 4] }],
      attributes: { axes: [1] },
      output: { shape: [2, 1], values: [3, 7] },
    },
  ],
})

/** Drops axes of extent 1 that a reduction kept. */
export const dropAxes = (x: Tensor, axes: readonly number[]): Tensor =>
  reshape(
    x,
    x.shape.filter((_, axis) => !axes.includes(axis)),
  )

/** Σ over resolved axes, which stay with extent 1. */
export const applySum = (x: Tensor, axes: readonly number[]): Tensor => applyOp(sumOp, [x], { axes })

/** Σ over `axis` (all by default). x: [...s] → s without the axes, or with extent 1 where `keep`. f16 is widened to f32. */
export const sum = dualOptions("sum", (x, options: ReduceOptions = {}) => {
  const axes = reduceAxes("sum", x, options)
  const folded = applySum(x.dtype === "f16" ? cast(x, "f32") : x, axes)
  return options.keep === true ? folded : dropAxes(folded, axes)
})
