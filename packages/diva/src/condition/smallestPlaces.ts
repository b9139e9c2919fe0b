import { cast, equal, expand, iota, less, logicalAnd, logicalOr, mul, reshape, sum, type Tensor } from "@diva/tensor"

const beats = (values: Tensor, batch: number, bound: number): Tensor => {
  const mine = reshape(values, [batch, bound, 1])
  const other = reshape(values, [batch, 1, bound])
  const earlier = less(iota([1, bound, bound], 2), iota([1, bound, bound], 1))
  return logicalOr(less(other, mine), logicalAnd(equal(other, mine), expand(earlier, [batch, bound, bound])))
}

/** The places of the `count` smallest of each row, smallest first; of equal ones the earlier first. [batch, bound] → i32 [batch, count] */
export const smallestPlaces = (values: Tensor, count: number): Tensor => {
  const [batch, bound] = values.shape as readonly [number, number]
  const rank = sum(cast(beats(values, batch, bound), "i32"), { axis: 2 })
  const chosen = equal(expand(reshape(rank, [batch, 1, bound]), [batch, count, bound]), iota([batch, count, bound], 1))
  return sum(mul(cast(chosen, "i32"), iota([batch, count, bound], 2)), { axis: 2 })
}
