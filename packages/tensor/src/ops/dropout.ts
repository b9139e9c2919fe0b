import { dualPair } from "../op/dual.ts"
import { raise } from "../error.ts"
import { less } from "./less.ts"
import { mul } from "./mul.ts"
import { uniform } from "./random.ts"
import { select } from "./select.ts"

/**
 * Each element is 0 with probability `rate`, else x / (1 - rate), so that the mean stays; 0.5 by default. `dropout(x, key, rate)`: the
 * same key drops the same elements. x: [...s], key: u32[2] → [...s]. Throws `InvalidAttribute` unless 0 ≤ rate < 1.
 * Source: Srivastava et al. 2014; torch.nn.functional.dropout.
 */
export const dropout = dualPair("dropout", (x, key, rate: number = 0.5) => {
  if (!(rate >= 0 && rate < 1))
    return raise({
      _tag: "InvalidAttribute",
      op: "dropout",
      attribute: "rate",
      rule: `${rate} must be at least 0 and below 1`,
      remedy: "the share of elements that become 0, 0.1 say",
    })
  return rate === 0 ? x : select(less(uniform(key, x.shape), rate), 0, mul(x, 1 / (1 - rate)))
})
