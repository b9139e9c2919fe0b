/** An exponential mean of a sequence: its weighted sum, and the sum of the weights. */
export interface Smoothing {
  readonly sum: number
  readonly weight: number
}

export const nothingYet: Smoothing = { sum: 0, weight: 0 }

/** Share of what came before that stays when a value comes: about ten values count. */
const keep = 0.9

/** The mean with one more value; older ones count the less the older they are, without the pull of the first to zero. */
export const smoothedWith = ({ sum, weight }: Smoothing, value: number): Smoothing => ({
  sum: keep * sum + (1 - keep) * value,
  weight: keep * weight + (1 - keep),
})

/** The mean so far; NaN of nothing. */
export const smoothedValue = ({ sum, weight }: Smoothing): number => sum / weight
