import { dualOptions } from "../op/dual.ts"
import type { Tensor } from "../graph/tensor.ts"
import { reduceAxes, type ReduceOptions } from "../op/reduction.ts"
import { cast } from "./cast.ts"
import { mean } from "./mean.ts"
import { slice } from "./slice.ts"
import { sqrt } from "./sqrt.ts"
import { square } from "./square.ts"
import { stopGradient } from "./stopGradient.ts"
import { sub } from "./sub.ts"

// Differences from the first element lose what is common to all before anything is rounded to its size.
const shifted = (x: Tensor, axes: readonly number[]): Tensor =>
  axes.some((axis) => x.shape[axis] === 0)
    ? x
    : sub(x, stopGradient(slice(x, { ends: x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent)) })))

/**
 * Mean of squared deviations from the mean over `axis` (all by default), the biased estimate that normalisation layers
 * use. x: [...s] → s without the axes, or with extent 1 where `keep`. Two passes over differences from the first element: the
 * textbook E[x²] - E[x]² loses all digits where the mean is large, and the mean itself loses those below its last place.
 */
export const variance = dualOptions("variance", (x, options: ReduceOptions = {}) => {
  const apart = shifted(cast(x, "f32"), reduceAxes("variance", x, options))
  return mean(square(sub(apart, mean(apart, { ...options, keep: true }))), options)
})

/** √variance, the biased standard deviation over `axis` (all by default). Gradient 0 where all elements are equal. */
export const standardDeviation = dualOptions("standardDeviation", (x, options: ReduceOptions = {}) =>
  sqrt(variance(x, options)),
)
