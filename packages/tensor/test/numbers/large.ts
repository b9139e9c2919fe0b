import * as t from "../../src/ops/index.ts"
import { numbers, of, pair, type NumberCase } from "./numberCase.ts"

const fround = Math.fround

/** `count` elements around an offset: offset + i mod 2. */
const alternating = (offset: number, count: number) =>
  numbers(Array.from({ length: count }, (_, i) => offset + (i % 2)))

const angles = [
  1e6,
  1e10,
  -1e10,
  8191.5,
  8192.5,
  12345.678,
  3e38,
  1e20,
  -7e30,
  411549,
  1.5707964,
  3.1415927,
  6.2831855,
  2 ** 100,
]

const turned = { sin: [t.sin, Math.sin], cos: [t.cos, Math.cos], tan: [t.tan, Math.tan] } as const

const trigonometry: readonly NumberCase[] = Object.entries(turned).map(([name, [op, exactly]]) =>
  of(
    `${name} of large angles and near its zeros`,
    angles,
    op,
    angles.map((x) => exactly(fround(x))),
    4e-7,
  ),
)

const divided = [1e10, 1, 3e38, -3e38, 5.5, -1e10, 7, 1e-40, 3e38, 1e-45, 123456789]
const divisors = [3, 0.1, 7, 0.3, -2, 3, 7, 3e-41, 1e-45, 1, 0.001]

const remainders: readonly NumberCase[] = [
  pair(
    "remainder of numbers far apart",
    [divided, divisors],
    t.remainder,
    divided.map((x, i) => fround(x) % fround(divisors[i]!)),
  ),
  of("remainder by a number that is written down", [1e10, -1e10, 2.5], (x) => t.remainder(x, 3), [1, -1, 2.5]),
]

const offsets: readonly NumberCase[] = [
  of("logSoftmax of 1e8", [1e8, 1e8], t.logSoftmax, [-Math.LN2, -Math.LN2], 2e-7),
  of("logSoftmax of 1e4", [1e4, 1e4], t.logSoftmax, [-Math.LN2, -Math.LN2], 2e-7),
  of("logSoftmax of -3e38", [-3e38, -3e38], t.logSoftmax, [-Math.LN2, -Math.LN2], 2e-7),
  of("logSoftmax far apart", [1e8, 0], t.logSoftmax, [0, -1e8]),
  of(
    "crossEntropy of 1e8",
    numbers([1e8, 1e8], "f32", [1, 2]),
    (x) => t.crossEntropy(x, t.constant([0], [1], "i32")),
    [Math.LN2],
    2e-7,
  ),
  of(
    "crossEntropy of labels from the right",
    numbers([1e4, 1e4 + 1], "f32", [1, 2]),
    (x) => t.crossEntropy(x, t.constant([1], [1], "u32")),
    [Math.log1p(Math.exp(-1))],
    4e-7,
  ),
  of("logSumExp of 1e8", [1e8, 1e8], (x) => t.logSumExp(x), [1e8]),
  of("variance around 1e6", alternating(1e6, 1000), (x) => t.variance(x), [0.25], 1e-6),
  of("variance around 1e7", alternating(1e7, 100_000), (x) => t.variance(x), [0.25], 1e-6),
  of(
    "variance around -16,000,000 in rows",
    numbers(
      Array.from({ length: 12 }, (_, i) => -16e6 + (i % 2)),
      "f32",
      [3, 4],
    ),
    (x) => t.variance(x, { axis: 1 }),
    [0.25, 0.25, 0.25],
    1e-6,
  ),
  of(
    "variance around 1e6 in columns",
    numbers(
      Array.from({ length: 12 }, (_, i) => 1e6 + (i < 6 ? 0 : 1)),
      "f32",
      [4, 3],
    ),
    (x) => t.variance(x, { axis: 0, keep: true }),
    [0.25, 0.25, 0.25],
    1e-6,
  ),
  of("standardDeviation around 1e6", alternating(1e6, 1000), (x) => t.standardDeviation(x), [0.5], 1e-6),
  of("variance of equal numbers", [1e7, 1e7, 1e7], (x) => t.variance(x), [0]),
  of("mean around 1e7", alternating(1e7, 100_000), (x) => t.mean(x), [10_000_000.5], 3e-7),
  of("mean of what sums to nearly the largest number", [1e38, 1.5e38, 0.5e38], (x) => t.mean(x), [1e38], 3e-7),
  of(
    "layerNorm around 1e6",
    alternating(1e6, 64),
    (x) => t.layerNorm(x),
    Array.from({ length: 64 }, (_, i) => (i % 2 === 0 ? -1 : 1) / Math.sqrt(1 + 4e-5)),
    1e-5,
  ),
  of(
    "groupNorm around 1e6",
    numbers(
      Array.from({ length: 64 }, (_, i) => 1e6 + (i % 2)),
      "f32",
      [1, 4, 16],
    ),
    (x) => t.reshape(t.groupNorm(x, { groups: 2 }), [64]),
    Array.from({ length: 64 }, (_, i) => (i % 2 === 0 ? -1 : 1) / Math.sqrt(1 + 4e-5)),
    1e-5,
  ),
  of("norm of large numbers", [3e30, 4e30], (x) => t.norm(x), [5e30], 3e-7),
  of("norm of small numbers", [3e-30, -4e-30], (x) => t.norm(x), [5e-30], 3e-7),
  of("norm of zeros", [0, 0], (x) => t.norm(x), [0]),
  of("norm of rows", numbers([3, 4, 0, 0, 1e20, 0], "f32", [3, 2]), (x) => t.norm(x, { axis: 1 }), [5, 0, 1e20], 3e-7),
]

const powers = [2, 0.5, 1.0000001, 0.9999999, 10, 1e-10, 3, 1e30, 1e-30, 1.5, 7, 1e-40, -1.1, -3]
const exponents = [100.5, 100.5, 8e8, 8e8, 37.9, 3.5, 80, -1.2, 1.2, 200, -44, 0.9, 400, -7]

const ends = [88.7, -87.3, -87.4, 88.73]

const small: readonly NumberCase[] = [
  of(
    "odd functions keep the sign of zero",
    [-0],
    (x) => t.concat([t.sin(x), t.tan(x), t.tanh(x), t.erf(x), t.sqrt(x)].map(t.reciprocal), 0),
    [-Infinity, -Infinity, -Infinity, -Infinity, -Infinity],
  ),
  of(
    "log of subnormal numbers",
    [1e-40, 1e-45, 1.1754942e-38],
    t.log,
    [1e-40, 1e-45, 1.1754942e-38].map((x) => Math.log(fround(x))),
    2e-7,
  ),
  {
    ...of(
      "exp near the ends of its range",
      ends,
      t.exp,
      ends.map((x) => Math.exp(fround(x))),
      3e-7,
    ),
    flushes: true,
  },
  {
    ...pair(
      "power over many magnitudes",
      [powers, exponents],
      t.power,
      powers.map((x, i) => fround(x) ** fround(exponents[i]!)),
      { within: 4e-7 },
    ),
    flushes: true,
  },
]

/** Programs of what is large, small, or offset. */
export const large: readonly NumberCase[] = [...trigonometry, ...remainders, ...offsets, ...small]
