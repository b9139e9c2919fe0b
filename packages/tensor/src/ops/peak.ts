import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { largestFinite, lowest, reductionOp } from "../op/reduction.ts"
import { maximum } from "./maximum.ts"
import { minimum } from "./minimum.ts"
import { shareAmongTies } from "./shareAmongTies.ts"
import { stopGradient } from "./stopGradient.ts"

export const peakOp = reductionOp({
  name: "peak",
  doc: "peak(x, axis) = the largest element over the axes where none is NaN, else any number: what exponents are taken below, since their sum is NaN then anyway",
  combine: "peak",
  takes: ["f32"],
  start: lowest,
  fold: Math.max,
  vjp: ({ inputs: [x], output, cotangent, attributes: { axes } }) => [shareAmongTies(x!, output, cotangent, axes)],
  shows: [
    {
      inputs: [{ shape: [2, 2], values: [1, 2, 3, 4] }],
      attributes: { axes: [1] },
      output: { shape: [2, 1], values: [2, 4] },
    },
  ],
})

/** The peak of f32 over resolved axes, which stay with extent 1; a constant to reverse mode. */
export const peak = (x: Tensor, axes: readonly number[]): Tensor => stopGradient(applyOp(peakOp, [x], { axes }))

/** The peak bounded to finite numbers, so that no difference from it is ∞ - ∞. */
export const boundedPeak = (x: Tensor, axes: readonly number[]): Tensor =>
  maximum(minimum(peak(x, axes), largestFinite), -largestFinite)
