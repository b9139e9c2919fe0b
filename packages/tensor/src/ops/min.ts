import { dualOptions } from "../op/dual.ts"
import { applyOp } from "../graph/graph.ts"
import { highest, reduceAxes, reductionOp, type ReduceOptions } from "../op/reduction.ts"
import { cast } from "./cast.ts"
import { shareAmongTies } from "./shareAmongTies.ts"
import { dropAxes } from "./sum.ts"

export const minOp = reductionOp({
  name: "min",
  doc: "min(x, axis) = the smallest element over the axes, NaN where one is.  Equal smallest elements share the gradient evenly",
  combine: "min",
  takes: ["f32", "i32", "u32"],
  start: highest,
  fold: Math.min,
  vjp: ({ inputs: [x], output, cotangent, attributes: { axes } }) => [shareAmongTies(x!, output, cotangent, axes)],
  shows: [
    {
      inputs: [{ shape: [2, 2], values: [1, 2, 3, 4] }],
      attributes: { axes: [1] },
      output: { shape: [2, 1], values: [1, 3] },
    },
    {
      inputs: [{ shape: [2, 3], values: [1, NaN, 3, 1, Infinity, -Infinity] }],
      attributes: { axes: [1] },
      output: { shape: [2, 1], values: [NaN, -Infinity] },
    },
  ],
})

/**
 * The smallest element over `axis` (all by default), NaN where one is. x: [...s] → s without the axes, or with extent 1 where `keep`. Over no
 * elements: the type's largest value (∞ for floats). f16 is widened to f32.
 */
export const min = dualOptions("min", (x, options: ReduceOptions = {}) => {
  const axes = reduceAxes("min", x, options)
  const folded = applyOp(minOp, [x.dtype === "f16" ? cast(x, "f32") : x], { axes })
  return options.keep === true ? folded : dropAxes(folded, axes)
})
