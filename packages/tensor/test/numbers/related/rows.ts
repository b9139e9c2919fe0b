import type { Tensor } from "../../../src/graph/tensor.ts"
import * as t from "../../../src/ops/index.ts"
import { gradients } from "../../ops/reverse.ts"
import { of, type NumberCase } from "../numberCase.ts"
import { count, inf, square } from "./arrays.ts"

const masked = (x: Tensor): Tensor => t.select(t.greater(x, 0), x, -inf)

/** Rows that are masked, offset, or at the ends of the range. */
export const rows: readonly NumberCase[] = [
  of(
    "softmax of masked rows, one wholly",
    square([1, -1, 1, -1], [-1, -1, -1, -1], [3, 3, 3, 3]),
    (x) => t.softmax(masked(x)),
    [0.5, 0, 0.5, 0, NaN, NaN, NaN, NaN, 0.25, 0.25, 0.25, 0.25],
  ),
  of(
    "softmax of rows with the mask's NaN replaced",
    square([-1, -1], [1, 1]),
    (x) => {
      const y = t.softmax(masked(x))
      return t.select(t.isNaN(y), 0, y)
    },
    [0, 0, 0.5, 0.5],
  ),
  of("softmax of the largest numbers", [3.4e38, 3.4e38, -3.4e38], t.softmax, [0.5, 0.5, 0]),
  of("logSoftmax of 1e30 apart", [-1e30, 0], t.logSoftmax, [-1e30, 0], 1e-7),
  of("logSumExp of 1e30", [1e30, -1e30, 1e30], (x) => t.logSumExp(x), [1e30]),
  of("logSumExp of -1e30 alone", [-1e30], (x) => t.logSumExp(x), [-1e30]),
  of(
    "crossEntropy where the label is far below",
    square([-1e30, 0]),
    (x) => t.crossEntropy(x, t.constant([0], [1], "i32")),
    [1e30],
    1e-7,
  ),
  of(
    "crossEntropy of a masked other class",
    square([-inf, 0]),
    (x) => t.crossEntropy(x, t.constant([1], [1], "i32")),
    [0],
  ),
  of("crossEntropy of a masked label", square([-inf, 0]), (x) => t.crossEntropy(x, t.constant([0], [1], "i32")), [inf]),
  of(
    "layerNorm of equal numbers around 1e8",
    count(8, () => 1e8, [2, 4]),
    (x) => t.layerNorm(x),
    new Array<number>(8).fill(0),
  ),
  of(
    "layerNorm around 1e8",
    count(64, (i) => 1e8 + 16 * (i % 2)),
    (x) => t.layerNorm(x),
    Array.from({ length: 64 }, (_, i) => (i % 2 === 0 ? -8 : 8) / Math.sqrt(64 + 1e-5)),
    1e-5,
  ),
  of(
    "variance around 1e8",
    count(1000, (i) => 1e8 + 8 * (i % 2)),
    (x) => t.variance(x),
    [16],
    1e-6,
  ),
  of(
    "variance of rows and columns around -1e8",
    count(48, (i) => -1e8 + 8 * ((i + Math.floor(i / 8)) % 2), [6, 8]),
    (x) => t.concat([t.variance(x, { axis: 0 }), t.variance(x, { axis: 1 })], 0),
    new Array<number>(14).fill(16),
    1e-6,
  ),
  of(
    "standardDeviation around 1e8",
    count(1000, (i) => 1e8 + 8 * (i % 2)),
    (x) => t.standardDeviation(x),
    [4],
    1e-6,
  ),
  of(
    "variance of large numbers, and of too large ones",
    square([1e19, -1e19], [3e19, -3e19]),
    (x) => t.variance(x, { axis: 1 }),
    [1e38, inf],
    1e-6,
  ),
  of("variance with NaN and ∞", square([NaN, 1], [inf, 1]), (x) => t.variance(x, { axis: 1 }), [NaN, NaN]),
  of("mean of the largest numbers", [3e38, -3e38, 3e38], (x) => t.mean(x), [1e38], 3e-7),
  of(
    "norms of 1e20 and of 1e-30",
    square([3e20, 4e20], [3e-30, 4e-30], [3e38, 3e38], [0, -inf]),
    (x) => t.norm(x, { axis: 1 }),
    [5e20, 5e-30, inf, inf],
    3e-7,
  ),
  of("the gradient of a small norm", [3e-30, -4e-30], (x) => gradients(t.norm(x), [x])[0]!, [0.6, -0.8], 3e-7),
  of(
    "a long sum of tenths",
    count(100_000, () => 0.1),
    (x) => t.sum(x),
    [10000.00014901161],
    1e-6,
  ),
  of(
    "a long sum in columns",
    count(40_000, () => 0.1, [10_000, 4]),
    (x) => t.sum(x, { axis: 0 }),
    new Array<number>(4).fill(1000.0000149),
    1e-6,
  ),
  of(
    "a chain of sums, each of the one before",
    count(4096, () => 1, [8, 512]),
    (x) => t.sum(t.sub(t.sum(x, { axis: 1, keep: true }), t.mul(x, 511)), { axis: 1 }),
    new Array<number>(8).fill(512),
  ),
]
