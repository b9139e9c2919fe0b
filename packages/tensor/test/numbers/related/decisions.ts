import * as t from "../../../src/ops/index.ts"
import { numbers, of, type NumberCase } from "../numberCase.ts"
import { inf, square } from "./arrays.ts"

/** Places, bounds and truths of what is not finite, and rounding. */
export const decisions: readonly NumberCase[] = [
  of(
    "argmax of rows with NaN",
    square([1, NaN, 3, 4, NaN], [5, 4, 3, 2, 1], [NaN, 9, 9, 9, 9]),
    (x) => t.argmax(x, { axis: 1 }),
    [1, 0, 0],
  ),
  of(
    "argmin of columns with NaN",
    square([1, 2, 3], [0, NaN, 3], [NaN, 1, 2]),
    (x) => t.argmin(x, { axis: 0 }),
    [2, 1, 2],
  ),
  of("argmax takes the first of 0 and -0", [-0, 0], (x) => t.argmax(x), [0]),
  of("argmax of u32 above 2^31", numbers([5, 4294967295, 2147483648], "u32"), (x) => t.argmax(x), [1]),
  of("argmin of only the largest u32", numbers([4294967295, 4294967295], "u32"), (x) => t.argmin(x), [0]),
  of("argmax of only i32's least", numbers([-2147483648, -2147483648], "i32"), (x) => t.argmax(x), [0]),
  of(
    "max over columns of five with NaN",
    square([1, 2, 3, 4, 5], [9, NaN, 0, -inf, inf]),
    (x) => t.max(x, { axis: 0 }),
    [9, NaN, 3, 4, inf],
  ),
  of("min of rows of -∞, ∞ and NaN", square([-inf, 1], [inf, inf], [NaN, -inf]), (x) => t.min(x, { axis: 1 }), [
    -inf,
    inf,
    NaN,
  ]),
  of(
    "maximum and minimum of f16 with NaN",
    numbers([NaN, 1, -inf], "f16"),
    (x) => t.stack([t.maximum(x, 0), t.minimum(x, 0)]),
    [NaN, 1, 0, NaN, 0, -inf],
  ),
  of("clamp with infinite bounds", [NaN, inf, -inf, 3], (x) => t.clamp(x, -inf, inf), [NaN, inf, -inf, 3]),
  of("clamp with a NaN for a bound", [1, 2], (x) => t.clamp(x, NaN, 1), [NaN, NaN]),
  of("clamp with bounds the wrong way round", [0, 5, 10], (x) => t.clamp(x, 7, 3), [3, 3, 3]),
  of("any and all with NaN beside 0", [NaN, 0], (x) => t.stack([t.any(x), t.all(x)]), [1, 0]),
  of(
    "any and all of rows of nothing",
    numbers([], "f32", [2, 0]),
    (x) => t.concat([t.any(x, { axis: 1 }), t.all(x, { axis: 1 })], 0),
    [0, 0, 1, 1],
  ),
  of(
    "sum and max of columns of nothing",
    numbers([], "f32", [0, 3]),
    (x) => t.concat([t.sum(x, { axis: 0 }), t.max(x, { axis: 0 })], 0),
    [0, 0, 0, -inf, -inf, -inf],
  ),
  of("sums that meet infinities of both signs", square([inf, 1], [inf, -inf], [NaN, 1]), (x) => t.sum(x, { axis: 1 }), [
    inf,
    NaN,
    NaN,
  ]),
  of("mean and variance with ∞", [inf, 1, 2, 3], (x) => t.stack([t.mean(x), t.variance(x)]), [inf, NaN]),
  of(
    "0 and -0 are equal, and NaN is nothing's equal",
    [0, -0, NaN],
    (x) => t.concat([t.equal(x, 0), t.less(x, 0), t.greaterEqual(x, 0)], 0),
    [1, 1, 0, 0, 0, 0, 1, 1, 0],
  ),
  of("a NaN that decides is true", [NaN, 0, -0, 1e-40], (x) => t.select(t.cast(x, "bool"), 5, 7), [5, 7, 7, 5]),
  of("logic of NaN and zeros", [NaN, 0, 2], (x) => t.logicalNot(t.cast(x, "bool")), [0, 1, 0]),
  of(
    "rounding goes to the even neighbour",
    [0.5, 1.5, 2.5, -0.5, -2.5, 8388609, 4194304.5, 1e20],
    t.round,
    [0, 2, 2, 0, -2, 8388609, 4194304, 1e20],
  ),
  of(
    "the sign of what rounds to zero",
    [-0.5, -0.2, -0],
    (x) => t.concat([t.reciprocal(t.round(x)), t.reciprocal(t.ceil(x))], 0),
    [-inf, -inf, -inf, -inf, -inf, -inf],
  ),
  of(
    "floor and ceil beside integers",
    [-0.0000001, 0.99999994, -1.0000001, 1e10],
    (x) => t.concat([t.floor(x), t.ceil(x)], 0),
    [-1, 0, -2, 1e10, 0, 1, -1, 1e10],
  ),
]
