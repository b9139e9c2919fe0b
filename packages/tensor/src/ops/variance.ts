import { dual } from "../dual.ts"
import type { ReduceOptions } from "../reduction.ts"
import { mean } from "./mean.ts"
import { square } from "./square.ts"
import { sub } from "./sub.ts"

/**
 * Mean of squared deviations from the mean over `axis` (all by default), the biased estimate that normalisation layers
 * use. Two passes: the textbook E[x²] - E[x]² loses all digits where the mean is large.
 */
export const variance = dual((x, options: ReduceOptions = {}) =>
  mean(square(sub(x, mean(x, { ...options, keep: true }))), options),
)
