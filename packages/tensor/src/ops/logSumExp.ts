import { dual } from "../dual.ts"
import { reduceAxes, type ReduceOptions } from "../reduction.ts"
import { add } from "./add.ts"
import { cast } from "./cast.ts"
import { exp } from "./exp.ts"
import { log } from "./log.ts"
import { max } from "./max.ts"
import { maximum } from "./maximum.ts"
import { stopGradient } from "./stopGradient.ts"
import { sub } from "./sub.ts"
import { dropAxes, sum } from "./sum.ts"

/** log Σ e^x over `axis` (all by default), without overflow: the maximum is taken out first. -∞ where all x are. */
export const logSumExp = dual((x, options: ReduceOptions = {}) => {
  const axes = reduceAxes("logSumExp", x, options)
  // Bounded below so that a group of only -∞ gives -∞, not ∞ - ∞.
  const wide = cast(x, "f32")
  const largest = stopGradient(maximum(max(wide, { axis: axes, keep: true }), -3e38))
  const total = add(log(sum(exp(sub(wide, largest)), { axis: axes, keep: true })), largest)
  return options.keep === true ? total : dropAxes(total, axes)
})
