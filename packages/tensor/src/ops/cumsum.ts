import { dual } from "../op/dual.ts"
import { raise } from "../error.ts"
import type { Tensor } from "../graph/tensor.ts"
import { highest, lowest } from "../op/reduction.ts"
import { resolveAxis } from "../shape/shape.ts"
import { add } from "./add.ts"
import { maximum } from "./maximum.ts"
import { minimum } from "./minimum.ts"
import { mul } from "./mul.ts"
import { pad } from "./pad.ts"
import { sliceAxis } from "./slice.ts"

/** x moved `by` places towards the end of an axis, `value` before it. */
const delayed = (x: Tensor, axis: number, by: number, value: number): Tensor => {
  const low = x.shape.map((_, i) => (i === axis ? by : 0))
  return pad(sliceAxis(x, axis, 0, x.shape[axis]! - by), { low, value })
}

const axisOf = (op: string, x: Tensor, axis: number): number =>
  resolveAxis(axis, x.shape.length) ??
  raise({
    _tag: "InvalidAttribute",
    op,
    attribute: "axis",
    rule: `${axis} is not an axis of a tensor of rank ${x.shape.length}`,
    remedy: "axes count from 0, or from -1 at the end",
  })

/** Every element joined with all before it, in ⌈log₂ n⌉ passes; `start` changes nothing. */
const running = (op: string, join: (x: Tensor, y: Tensor) => Tensor, start: (dtype: Tensor["dtype"]) => number) =>
  dual(op, (x, axis: number = -1) => {
    const at = axisOf(op, x, axis)
    let joined = x
    for (let by = 1; by < x.shape[at]!; by *= 2) joined = join(joined, delayed(joined, at, by, start(x.dtype)))
    return joined
  })

/**
 * Running sums along `axis` (the last by default): y[i] = x[0] + … + x[i]. In ⌈log₂ n⌉ passes, each adding what lies 1, 2, 4, …
 * places before, so that rounding grows with the logarithm of n.  x: [...s] → [...s].  Source: Hillis & Steele 1986.
 */
export const cumsum = running("cumsum", add, () => 0)

/** Running products along `axis` (the last by default), as `cumsum` runs. The gradient needs no division: x may be 0. */
export const cumprod = running("cumprod", mul, () => 1)

/** The largest element so far along `axis` (the last by default), NaN from the first one on. */
export const cummax = running("cummax", maximum, lowest)

/** The smallest element so far along `axis` (the last by default), NaN from the first one on. */
export const cummin = running("cummin", minimum, highest)
