import type { Shape } from "@diva/tensor"

/** Numbers of one tensor, computed or expected. */
export interface Numbers {
  readonly shape: Shape
  readonly values: ArrayLike<number>
}

/** How far computed numbers lie from expected ones; infinite where shapes differ or a number is not finite. */
export interface Distance {
  /** |got − want|₂ */
  readonly l2: number
  /** max |got − want| */
  readonly max: number
  /** |want|₂ */
  readonly wantL2: number
  /** max |want| */
  readonly wantMax: number
}

const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((extent, axis) => extent === b[axis])

/** Whether two shapes hold the same numbers in the same order: scalars are also stored as [1]. */
const sameExtents = (a: Shape, b: Shape): boolean =>
  sameShape(
    a.filter((extent) => extent !== 1),
    b.filter((extent) => extent !== 1),
  )

/** |want|₂ and max |want|. */
export const sizeOfNumbers = ({ values }: Numbers): Pick<Distance, "wantL2" | "wantMax"> => {
  let sum = 0
  let wantMax = 0
  for (let i = 0; i < values.length; i++) {
    sum += values[i]! ** 2
    wantMax = Math.max(wantMax, Math.abs(values[i]!))
  }
  return { wantL2: Math.sqrt(sum), wantMax }
}

/** The distance of `got` from `want`, summed in f64. */
export const distanceOf = (got: Numbers, want: Numbers): Distance => {
  const size = sizeOfNumbers(want)
  if (!sameExtents(got.shape, want.shape) || got.values.length !== want.values.length)
    return { l2: Infinity, max: Infinity, ...size }
  let sum = 0
  let max = 0
  for (let i = 0; i < want.values.length; i++) {
    const difference = Math.abs(got.values[i]! - want.values[i]!)
    // NaN would vanish in Math.max's way of comparing groups later: a number that is none is infinitely far away.
    if (!Number.isFinite(difference)) return { l2: Infinity, max: Infinity, ...size }
    sum += difference ** 2
    max = Math.max(max, difference)
  }
  return { l2: Math.sqrt(sum), max, ...size }
}
