/** A 95 % interval, in the unit of the number it belongs to. */
export interface Interval {
  readonly low: number
  readonly high: number
}

/** What a score rests on: never print one without the others. */
export interface Estimate {
  readonly value: number
  /** How many units (pairs, images, texts, draws) it was computed from. */
  readonly count: number
  readonly interval: Interval
  /** How the interval was found, for people. */
  readonly method: string
}

/** The same numbers in another unit: shares as percentages. */
export const scaled = (factor: number, { value, interval, ...rest }: Estimate): Estimate => ({
  ...rest,
  value: factor * value,
  interval: { low: factor * interval.low, high: factor * interval.high },
})
