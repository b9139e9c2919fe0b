import { optionsOf } from "../op/options.ts"
import { dualOptions } from "../op/dual.ts"
import type { Tensor } from "../graph/tensor.ts"
import { reduceAxes } from "../op/reduction.ts"
import { cast } from "./cast.ts"
import { customPullback } from "./customPullback.ts"
import { div } from "./div.ts"
import { exp } from "./exp.ts"
import { log } from "./log.ts"
import { maximum } from "./maximum.ts"
import { mul } from "./mul.ts"
import { boundedPeak, peak } from "./peak.ts"
import { sub } from "./sub.ts"
import { sum } from "./sum.ts"

/** Which axis adds up to one; the last by default. */
export interface SoftmaxOptions {
  readonly axis?: number
}

// The same derivative as follows from the expression, in one reduction and without reading x.
const withSlope = (y: Tensor, wide: Tensor, over: { readonly axis: readonly number[]; readonly keep: true }): Tensor =>
  customPullback(y, [wide], ({ output, cotangent }) => [mul(output, sub(cotangent, sum(mul(cotangent, output), over)))])

/**
 * softmax(x)[i] = e^x[i] / Σ e^x over `axis`. x: [...s] → [...s]. The maximum is taken out first, so it overflows for no
 * finite x; a group is NaN that holds NaN, ∞, or only -∞.
 */
export const softmax = dualOptions("softmax", (x, options: SoftmaxOptions = {}) => {
  const { axis = -1 } = optionsOf("softmax", options, ["axis"])
  const [wide, axes] = [cast(x, "f32"), reduceAxes("softmax", x, { axis })]
  const powers = exp(sub(wide, peak(wide, axes)))
  const over = { axis: axes, keep: true } as const
  return withSlope(div(powers, sum(powers, over)), wide, over)
})

/** As `softmax`, but 0 with gradient 0 in a group of only -∞: there a query sees no key. */
export const maskedSoftmax = (x: Tensor, axis = -1): Tensor => {
  const [wide, axes] = [cast(x, "f32"), reduceAxes("softmax", x, { axis })]
  const powers = exp(sub(wide, boundedPeak(wide, axes)))
  const over = { axis: axes, keep: true } as const
  // A group with a finite element sums to at least 1.
  return withSlope(div(powers, maximum(sum(powers, over), 0.5)), wide, over)
}

/**
 * logSoftmax(x) = (x - max x) - log Σ e^(x - max x) over `axis`: exact where the softmax itself would round to 0, and for
 * large x, of which no digits are lost to the sum. x: [...s] → [...s]. NaN where the softmax is.
 */
export const logSoftmax = dualOptions("logSoftmax", (x, options: SoftmaxOptions = {}) => {
  const { axis = -1 } = optionsOf("logSoftmax", options, ["axis"])
  const [wide, axes] = [cast(x, "f32"), reduceAxes("logSoftmax", x, { axis })]
  const below = sub(wide, peak(wide, axes))
  const over = { axis: axes, keep: true } as const
  const y = sub(below, log(sum(exp(below), over)))
  return customPullback(y, [wide], ({ output, cotangent }) => [sub(cotangent, mul(exp(output), sum(cotangent, over)))])
})
