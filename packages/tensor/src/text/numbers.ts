import type { Shape } from "../shape/shape.ts"

/** Elements shown at either end of a longer axis. */
const ends = 3

const digits = 5

/** A number with five digits. */
export const showNumber = (value: number): string => {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "-∞"
  return Number.isInteger(value) && Math.abs(value) < 1e12 ? String(value) : String(Number(value.toPrecision(digits)))
}

const positions = (extent: number): readonly (number | null)[] =>
  extent <= 2 * ends + 2
    ? Array.from({ length: extent }, (_, i) => i)
    : [...Array.from({ length: ends }, (_, i) => i), null, ...Array.from({ length: ends }, (_, i) => extent - ends + i)]

const showFrom = (data: ArrayLike<number>, shape: Shape, first: number, depth: number): string => {
  const [extent, ...inner] = shape
  if (extent === undefined) return showNumber(data[first] ?? NaN)
  const stride = inner.reduce((size, length) => size * length, 1)
  const parts = positions(extent).map((i) => (i === null ? "…" : showFrom(data, inner, first + i * stride, depth + 1)))
  const between = inner.length === 0 ? ", " : `,${"\n".repeat(inner.length)}${" ".repeat(depth + 1)}`
  return `[${parts.join(between)}]`
}

/** Numbers as nested brackets, a row a line, `…` for what lies between the ends of long axes. */
/** A number with five digits. */
export const showNumbers = (data: ArrayLike<number>, shape: Shape): string => showFrom(data, shape, 0, 0)
