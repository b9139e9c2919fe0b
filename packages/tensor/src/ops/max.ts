import { dualOptions } from "../op/dual.ts"
import { applyOp } from "../graph/graph.ts"
import { lowest, reduceAxes, reductionOp, type ReduceOptions } from "../op/reduction.ts"
import { cast } from "./cast.ts"
import { shareAmongTies } from "./shareAmongTies.ts"
import { dropAxes } from "./sum.ts"

export const maxOp = reductionOp({
  name: "max",
  doc: "max(x, axis) = the largest element over the axes, NaN where one is.  Equal largest elements share the gradient evenly",
  combine: "max",
  takes: ["f32", "i32", "u32"],
  start: lowest,
  fold: Math.max,
  vjp: ({ inputs: [x], output, cotangent, attributes: { axes } }) => [shareAmongTies(x!, output, cotangent, axes)],
  shows: [
    {
      inputs: [{ shape: [2, 2], values: [1, 2, 3, 4] }],
      attributes: { axes: [1] },
      output: { shape: [2, 1], values: [2, 4] },
    },
    {
      inputs: [{ shape: [2, 3], values: [1, NaN, 3, 1, Infinity, -Infinity] }],
      attributes: { axes: [1] },
      output: { shape: [2, 1], values: [NaN, Infinity] },
    },
  ],
})

/**
 * The largest element over `axis` (all by default), NaN where one is. x: [...s] → s without the axes, or with extent 1 where `keep`. Over no
 * elements: the type's smallest value (-∞ for floats). f16 is widened to f32.
 */
export const max = dualOptions("max", (x, options: ReduceOptions = {}) => {
  const axes = reduceAxes("max", x, options)
  const folded = applyOp(maxOp, [x.dtype === "f16" ? cast(x, "f32") : x], { axes })
  return options.keep === true ? folded : dropAxes(folded, axes)
})
