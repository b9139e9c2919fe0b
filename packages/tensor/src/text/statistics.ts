import { showNumber } from "./numbers.ts"

/** What a glance at many numbers asks first. Mean, deviation and extremes are those of the finite ones. */
export interface Statistics {
  readonly count: number
  readonly mean: number
  /** √(mean of squared deviations): of all there are, not of a sample. */
  readonly deviation: number
  readonly smallest: number
  readonly largest: number
  readonly nan: number
  readonly infinite: number
}

/** Statistics of numbers, in f64. With no finite number among them mean, deviation and extremes are NaN. */
export const statisticsOf = (data: ArrayLike<number>): Statistics => {
  let [finite, nan, mean, squares, smallest, largest] = [0, 0, 0, 0, Infinity, -Infinity]
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!
    if (Number.isNaN(value)) nan++
    if (!Number.isFinite(value)) continue
    finite++
    // Welford's way: the sum of squares would lose a small deviation beside a large mean.
    const before = value - mean
    mean += before / finite
    squares += before * (value - mean)
    smallest = Math.min(smallest, value)
    largest = Math.max(largest, value)
  }
  const infinite = data.length - finite - nan
  const some = finite > 0
  return {
    count: data.length,
    mean: some ? mean : NaN,
    deviation: some ? Math.sqrt(squares / finite) : NaN,
    smallest: some ? smallest : NaN,
    largest: some ? largest : NaN,
    nan,
    infinite,
  }
}

/** Statistics as a line: `mean 2.5, std 1.118, min 1, max 4`. Empty for fewer than two numbers. */
export const showStatistics = (data: ArrayLike<number>): string => {
  const { count, mean, deviation, smallest, largest, nan, infinite } = statisticsOf(data)
  if (count < 2) return ""
  const some = { mean, std: deviation, min: smallest, max: largest }
  const numbers = Object.entries(some).map(([name, value]) => `${name} ${showNumber(value)}`)
  return [
    ...(nan + infinite === count ? [] : numbers),
    ...(nan === 0 ? [] : [`${nan} NaN`]),
    ...(infinite === 0 ? [] : [`${infinite} infinite`]),
  ].join(", ")
}
