import { dualOptions } from "../op/dual.ts"
import type { ReduceOptions } from "../op/reduction.ts"
import { cast } from "./cast.ts"
import { max } from "./max.ts"
import { min } from "./min.ts"

/** Whether any element over `axis` (all by default) is true, or ≠ 0. Over no elements: false. */
export const any = dualOptions("any", (x, options: ReduceOptions = {}) =>
  cast(max(cast(cast(x, "bool"), "u32"), options), "bool"),
)

/** Whether all elements over `axis` (all by default) are true, or ≠ 0. Over no elements: true. */
export const all = dualOptions("all", (x, options: ReduceOptions = {}) =>
  cast(min(cast(cast(x, "bool"), "u32"), options), "bool"),
)
