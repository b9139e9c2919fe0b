/** The smallest and the largest, and what lies between them. */
export type Range = readonly [number, number]

/** The range of the finite numbers; one that is empty or a point is widened, so that it can be divided. */
export const rangeOf = (values: Iterable<number>): Range => {
  let [low, high] = [Infinity, -Infinity]
  for (const value of values) if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)]
  if (low > high) return [0, 1]
  return low === high ? [low - Math.max(1, Math.abs(low)) / 2, high + Math.max(1, Math.abs(high)) / 2] : [low, high]
}

/** Where in a range a value lies, 0 at its low end and 1 at its high one. */
export const shareOf = ([low, high]: Range, value: number): number => (value - low) / (high - low)

/** About `count` round numbers within a range, whichever of its ends is larger: multiples of 1, 2 or 5 times a power of ten. */
export const ticksOf = ([from, to]: Range, count: number): readonly number[] => {
  const [low, high] = [Math.min(from, to), Math.max(from, to)]
  const least = (high - low) / count
  const power = 10 ** Math.floor(Math.log10(least))
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= least * 0.999) ?? 10)
  const first = Math.ceil(low / step - 1e-9)
  const many = Math.floor(high / step + 1e-9) - first + 1
  return Array.from({ length: Math.max(0, many) }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

/** A tick's label: as short as the number allows. */
export const tickLabel = (value: number): string => {
  const size = Math.abs(value)
  return size !== 0 && (size >= 1e5 || size < 1e-3)
    ? value.toExponential(1).replace("e+", "e").replace(".0e", "e")
    : String(Number(value.toPrecision(5)))
}
