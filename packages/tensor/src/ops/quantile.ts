import { optionsOf } from "../op/options.ts"
import { dual, dualOptions } from "../op/dual.ts"
import { raise } from "../error.ts"
import type { Tensor } from "../graph/tensor.ts"
import { reduceAxes } from "../op/reduction.ts"
import { add } from "./add.ts"
import { any } from "./any.ts"
import { cast } from "./cast.ts"
import { isNaN } from "./isNaN.ts"
import { mul } from "./mul.ts"
import { reshape } from "./reshape.ts"
import { select } from "./select.ts"
import { sliceAxis } from "./slice.ts"
import { sort } from "./sort.ts"
import { squeeze } from "./unsqueeze.ts"

/** One axis, or all elements by default; `keep` leaves it with extent 1. */
export interface QuantileOptions {
  readonly axis?: number
  readonly keep?: boolean
}

const interpolated = (x: Tensor, share: number, axis: number): Tensor => {
  const place = share * (x.shape[axis]! - 1)
  const low = Math.floor(place)
  const at = (i: number): Tensor => sliceAxis(x, axis, i, i + 1)
  return place === low ? at(low) : add(mul(at(low), low + 1 - place), mul(at(low + 1), place - low))
}

const quantileOf = (op: string, given: Tensor, share: number, options: QuantileOptions): Tensor => {
  const { axis, keep = false } = optionsOf(op, options, ["axis", "keep"])
  const x = cast(axis === undefined ? reshape(given, [-1]) : given, "f32")
  const [at] = reduceAxes(op, x, { axis: axis ?? 0 }) as readonly [number]
  if (!(share >= 0 && share <= 1) || x.shape[at] === 0)
    return raise({
      _tag: "InvalidAttribute",
      op,
      attribute: "share",
      rule: `${share} of ${x.shape[at]!} elements is no place among them`,
      remedy: "a share runs from 0 (the smallest) to 1 (the largest), of at least one element",
    })
  const found = select(any(isNaN(x), { axis: at, keep: true }), NaN, interpolated(sort(x, { axis: at }), share, at))
  if (axis === undefined) return reshape(found, keep ? given.shape.map(() => 1) : [])
  return keep ? found : squeeze(found, at)
}

/**
 * The element below which a `share` of all lie, over `axis` or all elements, in f32: between two neighbours in order, linearly. NaN
 * where one is.  Throws `InvalidAttribute` for a share outside [0, 1] and for no elements.  Source: numpy.quantile.
 */
export const quantile = dual("quantile", (x, share: number, options: QuantileOptions = {}) =>
  quantileOf("quantile", x, share, options),
)

/** The middle element in order, the mean of the middle two where their number is even; see `quantile`. */
export const median = dualOptions("median", (x, options: QuantileOptions = {}) => quantileOf("median", x, 0.5, options))
