import type { TensorResult } from "./group.ts"

/**
 * Compares element by element: error = max |got − want| / |want|, where want = 0 allows nothing but 0.
 * For tables of f64 numbers (schedules), losses and norms, where one number matters as much as any other.
 */
export const compareElements = (
  name: string,
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  allowed: number,
): TensorResult => {
  let error = got.length === want.length ? 0 : Infinity
  for (let i = 0; i < want.length; i++) {
    const difference = Math.abs(got[i]! - want[i]!)
    const relative = difference === 0 ? 0 : difference / Math.abs(want[i]!)
    error = Number.isNaN(relative) ? Infinity : Math.max(error, relative)
  }
  return {
    name,
    error,
    allowed,
    maxError: error,
    passed: error <= allowed,
    ...(got.length === want.length ? {} : { problem: "another shape" as const }),
  }
}
