import { dual } from "../dual.ts"
import { cast } from "./cast.ts"
import { customPullback } from "./customPullback.ts"
import { div } from "./div.ts"
import { exp } from "./exp.ts"
import { logSumExp } from "./logSumExp.ts"
import { max } from "./max.ts"
import { mul } from "./mul.ts"
import { stopGradient } from "./stopGradient.ts"
import { sub } from "./sub.ts"
import { sum } from "./sum.ts"

/** Which axis adds up to one; the last by default. */
export interface SoftmaxOptions {
  readonly axis?: number
}

/**
 * softmax(x)[i] = e^x[i] / Σ e^x over `axis`. x: [...s] → [...s]. The maximum is taken out first, so it overflows for no
 * finite x; a group of only -∞ is NaN.
 */
export const softmax = dual((x, { axis = -1 }: SoftmaxOptions = {}) => {
  const wide = cast(x, "f32")
  const powers = exp(sub(wide, stopGradient(max(wide, { axis, keep: true }))))
  const y = div(powers, sum(powers, { axis, keep: true }))
  // The same derivative as follows from the expression, in one reduction and without reading x.
  return customPullback(y, [wide], ({ output, cotangent }) => [
    mul(output, sub(cotangent, sum(mul(cotangent, output), { axis, keep: true }))),
  ])
})

/** logSoftmax(x) = x - log Σ e^x over `axis`, exact where the softmax itself would round to 0. */
export const logSoftmax = dual((x, { axis = -1 }: SoftmaxOptions = {}) =>
  sub(cast(x, "f32"), logSumExp(x, { axis, keep: true })),
)
