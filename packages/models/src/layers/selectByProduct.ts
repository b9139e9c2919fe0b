import { cast, equal, iota, matmul, mul, reshape, sum, type Tensor } from "@diva/tensor"

/** 1 where a choice of `count` is the id, 0 elsewhere.  ids: integer [...S] → f32 [...S, count] */
const chosenOf = (ids: Tensor, count: number): Tensor => {
  const rank = ids.shape.length
  const choices = iota([...new Array<number>(rank).fill(1), count], rank)
  return cast(equal(cast(reshape(ids, [...ids.shape, 1]), "i32"), choices), "f32")
}

/**
 * Rows of a table as a product with ones and zeros: the same numbers as `take` gives, and a gradient that is a product too, not a
 * sum scattered over rows, which takes long where few rows are met often. For small tables that train.
 * table: [rows, width], ids: integer [...S] → [...S, width]
 */
export const takeByProduct = (table: Tensor, ids: Tensor): Tensor => {
  const [rows, width] = table.shape as readonly [number, number]
  const flat = reshape(ids, [ids.shape.reduce((product, size) => product * size, 1)])
  return reshape(matmul(chosenOf(flat, rows), table), [...ids.shape, width])
}

/**
 * One member of each group, by a sum with ones and zeros.  x: [batch, groups·n, width], draws: integer [batch, groups] in 0 … n−1
 * → [batch, groups, width]
 */
export const oneOfEach = (x: Tensor, draws: Tensor): Tensor => {
  const [batch, members, width] = x.shape as readonly [number, number, number]
  const groups = draws.shape[1]!
  const each = members / groups
  const chosen = reshape(chosenOf(draws, each), [batch, groups, each, 1])
  return sum(mul(reshape(x, [batch, groups, each, width]), chosen), { axis: 2 })
}
