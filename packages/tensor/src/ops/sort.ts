import { optionsOf } from "../op/options.ts"
import { isFloating } from "../dtype/dtype.ts"
import { dualOptions } from "../op/dual.ts"
import { raise } from "../error.ts"
import type { Tensor } from "../graph/tensor.ts"
import { isExtent } from "../shape/shape.ts"
import { reduceAxes } from "../op/reduction.ts"
import { cast } from "./cast.ts"
import { customPullback } from "./customPullback.ts"
import { equal } from "./equal.ts"
import { iota } from "./iota.ts"
import { isNaN } from "./isNaN.ts"
import { less } from "./less.ts"
import { logicalAnd } from "./logicalAnd.ts"
import { logicalNot } from "./logicalNot.ts"
import { logicalOr } from "./logicalOr.ts"
import { mergeOrder } from "./mergeOrder.ts"
import { transpose } from "./permute.ts"
import { select } from "./select.ts"
import { sliceAxis } from "./slice.ts"
import { sum } from "./sum.ts"
import { takeAlongAxis } from "./takeAlongAxis.ts"
import { unsqueeze } from "./unsqueeze.ts"

/** The axis to sort (the last by default), and whether the largest come first. */
export interface SortOptions {
  readonly axis?: number
  readonly descending?: boolean
}

interface Order {
  readonly axis: number
  readonly descending: boolean
}

const orderOf = (op: string, x: Tensor, options: SortOptions): Order => {
  const { axis = -1, descending = false } = optionsOf(op, options, ["axis", "descending"])
  return { axis: reduceAxes(op, x, { axis })[0]!, descending }
}

// NaN counts as larger than every number, and as equal to NaN.
const isLess = (a: Tensor, b: Tensor): Tensor =>
  isFloating(a.dtype) ? logicalOr(less(a, b), logicalAnd(isNaN(b), logicalNot(isNaN(a)))) : less(a, b)

const isSame = (a: Tensor, b: Tensor): Tensor =>
  isFloating(a.dtype) ? logicalOr(equal(a, b), logicalAnd(isNaN(a), isNaN(b))) : equal(a, b)

/** Where each element along the last axis goes: how many there are before it. */
const ranksOf = (x: Tensor, descending: boolean): Tensor => {
  const [one, other] = [unsqueeze(x, -1), unsqueeze(x, -2)]
  const square = [...x.shape, x.shape.at(-1)!]
  const ahead = descending ? isLess(one, other) : isLess(other, one)
  const earlier = less(iota(square, -1), iota(square, -2))
  return sum(cast(logicalOr(ahead, logicalAnd(isSame(one, other), earlier)), "i32"), { axis: -1 })
}

/** The inverse of a permutation along the last axis. */
const inverseOf = (ranks: Tensor): Tensor => {
  const square = [...ranks.shape, ranks.shape.at(-1)!]
  return sum(select(equal(unsqueeze(ranks, -2), iota(square, -2)), iota(square, -1), 0), { axis: -1 })
}

// A permutation's transpose is its inverse: another gather, which needs no scattering.
const permuted = (x: Tensor, order: Tensor, inverse: Tensor): Tensor =>
  customPullback(takeAlongAxis(x, order), [x, order, inverse], ({ inputs: [, , there, back], cotangent }) => [
    permuted(cotangent, back!, there!),
    null,
    null,
  ])

const wide = (x: Tensor): Tensor =>
  x.dtype === "f16" || x.dtype === "bool" ? cast(x, x.dtype === "bool" ? "u32" : "f32") : x

/** A permutation along the last axis, there and back. */
interface Permutation {
  readonly places: Tensor
  readonly ranks: Tensor
}

const byCounting = (x: Tensor, descending: boolean): Permutation => {
  const ranks = ranksOf(x, descending)
  return { places: inverseOf(ranks), ranks }
}

/** Runs of one element merged by pairs until one is left. */
const merged = (x: Tensor, descending: boolean): Tensor => {
  let order = iota(x.shape, -1)
  for (let width = 1; width < x.shape.at(-1)!; width *= 2) order = mergeOrder(x, order, width, descending)
  return order
}

// Ranks are only computed where a gradient asks for them: positions in the order of the places.
const byMerging = (x: Tensor, descending: boolean): Permutation => {
  const places = merged(x, descending)
  return { places, ranks: merged(places, false) }
}

/** Elements of a line up to which it is cheaper to compare each with each, in one pass. */
const fewest = 256

const sorted = (x: Tensor, { axis, descending }: Order) => {
  const last = transpose(x, axis, -1)
  const { places, ranks } = (last.shape.at(-1)! > fewest ? byMerging : byCounting)(wide(last), descending)
  return {
    values: transpose(permuted(last, places, ranks), axis, -1),
    places: transpose(places, axis, -1),
  }
}

/**
 * Elements in ascending order along `axis` (the last by default), or in descending order. Stable; NaN counts as larger than every
 * number. x: [...s] → [...s]. Up to 256 elements, each counts those before it in one pass; longer lines are merged in ⌈log₂ n⌉ passes, in
 * which each element finds its place by halving. The same bits every time. The gradient follows the elements.  Source: torch.sort.
 */
export const sort = dualOptions("sort", (x, options: SortOptions = {}) => sorted(x, orderOf("sort", x, options)).values)

/** Positions, i32, of the elements in the order of `sort`; the first of equal ones first. x: [...s] → [...s]. */
export const argsort = dualOptions(
  "argsort",
  (x, options: SortOptions = {}) => sorted(x, orderOf("argsort", x, options)).places,
)

/** The `count` largest elements along `axis` (the last by default), in descending order, and their positions, i32. */
export interface Largest {
  readonly values: Tensor
  readonly indices: Tensor
}

/** The axis to search; the last by default. */
export interface TopKOptions {
  readonly axis?: number
}

/**
 * The `count` largest elements along `axis` and where they are, in the order of `sort(x, { descending: true })`: equal ones as they
 * come, NaN first. Throws `InvalidAttribute` if there are fewer.  Source: torch.topk.
 */
export const topK = (x: Tensor, count: number, options: TopKOptions = {}): Largest => {
  const order = { ...orderOf("topK", x, optionsOf("topK", options, ["axis"])), descending: true }
  if (!isExtent(count) || count > x.shape[order.axis]!)
    return raise({
      _tag: "InvalidAttribute",
      op: "topK",
      attribute: "count",
      rule: `${count} is no number of elements up to the ${x.shape[order.axis]!} that there are`,
      remedy: "ask for at most as many as the axis has",
    })
  const { values, places } = sorted(x, order)
  return { values: sliceAxis(values, order.axis, 0, count), indices: sliceAxis(places, order.axis, 0, count) }
}
