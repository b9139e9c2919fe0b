import { dualOptions } from "../op/dual.ts"
import { reduceAxes, type ReduceOptions } from "../op/reduction.ts"
import { add } from "./add.ts"
import { cast } from "./cast.ts"
import { exp } from "./exp.ts"
import { log } from "./log.ts"
import { boundedPeak } from "./peak.ts"
import { sub } from "./sub.ts"
import { dropAxes, sum } from "./sum.ts"

/**
 * log Σ e^x over `axis` (all by default), without overflow: the maximum is taken out first. -∞ where all x are, and over
 * nothing; ∞ where one is.
 */
export const logSumExp = dualOptions("logSumExp", (x, options: ReduceOptions = {}) => {
  const axes = reduceAxes("logSumExp", x, options)
  const wide = cast(x, "f32")
  // Bounded, so that neither a group of only -∞ nor one with ∞ gives ∞ - ∞.
  const largest = boundedPeak(wide, axes)
  const total = add(log(sum(exp(sub(wide, largest)), { axis: axes, keep: true })), largest)
  return options.keep === true ? total : dropAxes(total, axes)
})
