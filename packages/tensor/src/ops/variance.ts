import { dual } from "../dual.ts"
import type { ReduceOptions } from "../reduction.ts"
import { cast } from "./cast.ts"
import { mean } from "./mean.ts"
import { square } from "./square.ts"
import { sub } from "./sub.ts"

/**
 * Mean of squared deviations from the mean over `axis` (all by default), the biased estimate that normalisation layers
 * use. Two passes: the textbook E[x²] - E[x]² loses all digits where the mean is large.
 */
export const variance = dual((x, options: ReduceOptions = {}) => {
  const wide = cast(x, "f32")
  return mean(square(sub(wide, mean(wide, { ...options, keep: true }))), options)
})
