import { dual } from "../dual.ts"
import { highest } from "../reduction.ts"
import { cast } from "./cast.ts"
import { equal } from "./equal.ts"
import { iota } from "./iota.ts"
import { max } from "./max.ts"
import { min } from "./min.ts"
import { select } from "./select.ts"

/** Position of the largest element along `axis` (the last by default), i32; the first of equal ones. */
export const argmax = dual(
  (x, { axis = -1, keep = false }: { readonly axis?: number; readonly keep?: boolean } = {}) => {
    const wide = x.dtype === "f16" ? cast(x, "f32") : x
    const isLargest = equal(wide, max(wide, { axis, keep: true }))
    return min(select(isLargest, iota(x.shape, axis), highest("i32")), { axis, keep })
  },
)
