import { optionsOf } from "../op/options.ts"
import { dualOptions } from "../op/dual.ts"
import { isFloating } from "../dtype/dtype.ts"
import { raise } from "../error.ts"
import type { Tensor } from "../graph/tensor.ts"
import { highest, reduceAxes } from "../op/reduction.ts"
import { cast } from "./cast.ts"
import { equal } from "./equal.ts"
import { iota } from "./iota.ts"
import { isNaN } from "./isNaN.ts"
import { logicalOr } from "./logicalOr.ts"
import { max } from "./max.ts"
import { min } from "./min.ts"
import { select } from "./select.ts"

/** The axis to search (the last by default), and whether it stays with extent 1. */
export interface PlaceOptions {
  readonly axis?: number
  readonly keep?: boolean
}

const requireElements = (op: string, x: Tensor, axis: number): void => {
  const [resolved] = reduceAxes(op, x, { axis })
  if (x.shape[resolved!] === 0)
    raise({
      _tag: "InvalidAttribute",
      op,
      attribute: "axis",
      rule: `axis ${axis} of [${x.shape.join(", ")}] has no elements to choose from`,
      remedy: "search an axis with at least one element",
    })
}

// The first place where x equals its extreme element. NaN equals nothing, and is extreme wherever it is.
const firstPlace = (x: Tensor, extreme: Tensor, { axis, keep }: Required<PlaceOptions>): Tensor => {
  const equals = equal(x, extreme)
  const found = isFloating(x.dtype) ? logicalOr(equals, isNaN(x)) : equals
  return min(select(found, iota(x.shape, axis), highest("i32")), { axis, keep })
}

const place =
  (op: string, extreme: typeof max) =>
  (x: Tensor, options: PlaceOptions = {}): Tensor => {
    const { axis = -1, keep = false } = optionsOf(op, options, ["axis", "keep"])
    requireElements(op, x, axis)
    const wide = x.dtype === "f16" ? cast(x, "f32") : x
    return firstPlace(wide, extreme(wide, { axis, keep: true }), { axis, keep })
  }

/**
 * Position of the largest element along `axis` (the last by default), i32; the first of equal ones, and the first NaN where
 * there is one. Throws `InvalidAttribute` for an axis without elements.
 */
export const argmax = dualOptions("argmax", place("argmax", max))

/** As `argmax`, of the smallest element. */
export const argmin = dualOptions("argmin", place("argmin", min))
