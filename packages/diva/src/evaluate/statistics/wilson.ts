import type { Estimate } from "./interval.ts"

/** Half the width of the middle 95 % of a standard normal. */
const z = 1.959963984540054

/**
 * A share with Wilson's score interval, which stays within 0 … 1 and is honest for few units and for shares near 0 or 1.
 * Of no units the interval is everything.
 * Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference" (JASA 1927).
 */
export const wilson = (successes: number, count: number): Estimate => {
  const method = "Wilson"
  if (count === 0) return { value: Number.NaN, count, interval: { low: 0, high: 1 }, method }
  const share = successes / count
  const spread = z * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count))
  const centre = share + (z * z) / (2 * count)
  const scale = 1 + (z * z) / count
  const low = successes === 0 ? 0 : (centre - spread) / scale
  const high = successes === count ? 1 : (centre + spread) / scale
  return { value: share, count, interval: { low, high }, method }
}
