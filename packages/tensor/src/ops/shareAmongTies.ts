import type { Tensor } from "../graph/tensor.ts"
import { cast } from "./cast.ts"
import { div } from "./div.ts"
import { equal } from "./equal.ts"
import { mul } from "./mul.ts"
import { applySum } from "./sum.ts"

/** Cotangent of an extremum: each element of x that equals it gets an equal share. */
export const shareAmongTies = (x: Tensor, extremum: Tensor, cotangent: Tensor, axes: readonly number[]): Tensor => {
  const tied = cast(equal(x, extremum), "f32")
  return mul(tied, div(cotangent, applySum(tied, axes)))
}
