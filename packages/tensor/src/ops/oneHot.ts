import { dual } from "../op/dual.ts"
import type { DType } from "../dtype/dtype.ts"
import { cast } from "./cast.ts"
import { equal } from "./equal.ts"
import { iota } from "./iota.ts"
import { unsqueeze } from "./unsqueeze.ts"
import { isInteger } from "../dtype/dtype.ts"
import { raise } from "../error.ts"

/**
 * 1 at each label's place, 0 elsewhere; f32 by default. labels: i32|u32[...s] → [...s, classes]. A label that is no class gives a
 * row of zeros. Throws `DTypeMismatch` for labels that are no integers.
 */
export const oneHot = dual("oneHot", (labels, classes: number, dtype: DType = "f32") => {
  if (!isInteger(labels.dtype))
    return raise({
      _tag: "DTypeMismatch",
      op: "oneHot",
      operands: [{ name: "labels", shape: labels.shape, dtype: labels.dtype }],
      rule: "labels are integers",
      remedy: 'cast(labels, "i32")',
    })
  return cast(equal(unsqueeze(labels, -1), iota([classes], 0, labels.dtype)), dtype)
})
