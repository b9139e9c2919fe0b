import { dual } from "../dual.ts"
import { raise } from "../error.ts"
import type { Tensor } from "../graph.ts"
import { resolveAxis } from "../shape.ts"
import { add } from "./add.ts"
import { pad } from "./pad.ts"
import { sliceAxis } from "./slice.ts"

/** x moved `by` places towards the end of an axis, zeros before it. */
const delayed = (x: Tensor, axis: number, by: number): Tensor => {
  const low = x.shape.map((_, i) => (i === axis ? by : 0))
  return pad(sliceAxis(x, axis, 0, x.shape[axis]! - by), { low })
}

/**
 * Running sums along `axis` (the last by default): y[i] = x[0] + … + x[i]. In ⌈log₂ n⌉ passes, each adding what lies 1, 2, 4, …
 * places before, so that rounding grows with the logarithm of n.  x: [...s] → [...s].  Source: Hillis & Steele 1986.
 */
export const cumsum = dual("cumsum", (x, axis: number = -1) => {
  const at = resolveAxis(axis, x.shape.length)
  if (at === null || at === undefined)
    return raise({
      _tag: "InvalidAttribute",
      op: "cumsum",
      attribute: "axis",
      rule: `${axis} is not an axis of a tensor of rank ${x.shape.length}`,
      remedy: "axes count from 0, or from -1 at the end",
    })
  let sums = x
  for (let by = 1; by < x.shape[at]!; by *= 2) sums = add(sums, delayed(sums, at, by))
  return sums
})
