import type { DType } from "../../src/dtype/dtype.ts"
import { fill as filledWith } from "../../src/ops/fill.ts"
import * as t from "../../src/ops/index.ts"
import { numbers, of, pair, type NumberCase } from "./numberCase.ts"

const inf = Infinity
const some = [NaN, inf, -inf, 0, -0, 1.5, -1.5, 1e-40]
const left = [NaN, 1, NaN, inf, inf, -inf, 0, -0, 2, 1e-40, -1e-40]
const right = [1, NaN, NaN, inf, -inf, inf, -0, 0, 3, 0, 1e-40]
const both = [left, right] as const

const floats: readonly DType[] = ["f32", "f16"]

const inEachFloat = (make: (dtype: DType) => NumberCase): readonly NumberCase[] => floats.map(make)

const comparisons: readonly NumberCase[] = [
  pair("less by bits", both, t.less, [0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1]),
  pair("lessEqual by bits", both, t.lessEqual, [0, 0, 0, 1, 0, 1, 1, 1, 1, 0, 1]),
  pair("greater by bits", both, t.greater, [0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]),
  pair("greaterEqual by bits", both, t.greaterEqual, [0, 0, 0, 1, 1, 0, 1, 1, 0, 1, 0]),
  pair("equal by bits", both, t.equal, [0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0]),
  pair("notEqual by bits", both, t.notEqual, [1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 1]),
  of("NaN differs from itself", [1, NaN], (x) => t.notEqual(x, x), [0, 1]),
  of("nothing equals NaN itself", [1, NaN], (x) => t.equal(x, x), [1, 0]),
  of("any number that differs from itself is found", [1, NaN], (x) => t.any(t.notEqual(x, x)), [1]),
  of("NaN is replaced by what it differs from", [1, NaN], (x) => t.select(t.notEqual(x, x), 0, x), [1, 0]),
  of("comparison with a NaN that is written down", [1, NaN], (x) => t.lessEqual(x, NaN), [0, 0]),
  of("comparison with an infinity that is written down", some, (x) => t.less(x, inf), [0, 0, 1, 1, 1, 1, 1, 1]),
  ...inEachFloat((dtype) => of(`isNaN of ${dtype}`, numbers([NaN, inf, -inf, 0, 3], dtype), t.isNaN, [1, 0, 0, 0, 0])),
  ...inEachFloat((dtype) =>
    of(`isFinite of ${dtype}`, numbers([NaN, inf, -inf, 0, 3], dtype), t.isFinite, [0, 0, 0, 1, 1]),
  ),
  ...inEachFloat((dtype) =>
    of(`isInfinite of ${dtype}`, numbers([NaN, inf, -inf, 0, 3], dtype), t.isInfinite, [0, 1, 1, 0, 0]),
  ),
  of("isNaN of what 0 / 0 gives", [0, 1], (x) => t.isNaN(t.div(x, x)), [1, 0]),
  of("isInfinite of what overflows", [3e38, 1], (x) => t.isInfinite(t.mul(x, 10)), [1, 0]),
]

const largest: readonly NumberCase[] = [
  pair("maximum with NaN", both, t.maximum, [NaN, NaN, NaN, inf, inf, inf, 0, 0, 3, 1e-40, 1e-40]),
  pair("minimum with NaN", both, t.minimum, [NaN, NaN, NaN, inf, -inf, -inf, -0, -0, 2, 0, -1e-40]),
  ...inEachFloat((dtype) => of(`max of ${dtype} with NaN`, numbers([1, NaN, 3], dtype), (x) => t.max(x), [NaN])),
  ...inEachFloat((dtype) => of(`min of ${dtype} with NaN`, numbers([1, NaN, 3], dtype), (x) => t.min(x), [NaN])),
  of("max of NaN first", [NaN, 1, 3], (x) => t.max(x), [NaN]),
  of("max of a negative NaN, as 0 / 0 may be", [0, 1], (x) => t.max(t.neg(t.div(x, x))), [NaN]),
  of("min of a NaN that was computed", [0, 1], (x) => t.min(t.div(x, x)), [NaN]),
  of("max and min of infinities", [inf, -inf, 3], (x) => t.stack([t.max(x), t.min(x)]), [inf, -inf]),
  of("max of only -∞", [-inf, -inf], (x) => t.max(x), [-inf]),
  of("max of negative numbers", [-3, -1, -2], (x) => t.max(x), [-1]),
  of("clamp of NaN and infinities", [NaN, inf, -inf, 0.5], (x) => t.clamp(x, 0, 1), [NaN, 1, 0, 0.5]),
  of("sign of all kinds", [NaN, inf, -inf, 0, 5, -5], t.sign, [NaN, 1, -1, 0, 1, -1]),
  of("abs of all kinds", [NaN, inf, -inf, -0, -5], t.abs, [NaN, inf, inf, 0, 5]),
  of("relu of all kinds", [NaN, inf, -inf, 0, 5, -5], t.relu, [NaN, inf, 0, 0, 5, 0]),
  of("floor, ceil and round keep what is not finite", [NaN, inf, -inf], (x) => t.floor(t.ceil(t.round(x))), [
    NaN,
    inf,
    -inf,
  ]),
  of("argmax finds the first NaN", [1, NaN, 3, NaN], (x) => t.argmax(x), [1]),
  of("argmin finds the first NaN", [1, NaN, 3, NaN], (x) => t.argmin(x), [1]),
  of("argmax of infinities, the first of equal ones", [-inf, inf, inf], (x) => t.argmax(x), [1]),
  of("argmin of only ∞", [inf, inf], (x) => t.argmin(x), [0]),
  of("argmax of only -∞", [-inf, -inf], (x) => t.argmax(x), [0]),
  of("argmin of integers", numbers([3, -7, -7], "i32"), (x) => t.argmin(x), [1]),
]

const columns = (rows: number, at: (i: number) => number): ReturnType<typeof numbers> =>
  numbers(
    Array.from({ length: rows * 4 }, (_, i) => at(i)),
    "f32",
    [rows, 4],
  )

// One case for each way a reduction runs: elements, vectors along the fold and across it, parts that are joined, rows.
const everyWay: readonly NumberCase[] = [
  of(
    "max over columns of vectors",
    columns(5, (i) => (i === 6 ? NaN : i)),
    (x) => t.max(x, { axis: 0 }),
    [16, 17, NaN, 19],
  ),
  of(
    "min over columns of vectors",
    columns(5, (i) => (i === 6 ? NaN : i)),
    (x) => t.min(x, { axis: 0 }),
    [0, 1, NaN, 3],
  ),
  of(
    "max over rows of vectors",
    columns(3, (i) => (i === 6 ? NaN : -i)),
    (x) => t.max(x, { axis: 1 }),
    [0, NaN, -8],
  ),
  of(
    "max of many, in parts",
    columns(2000, (i) => (i === 5000 ? NaN : i)),
    (x) => t.max(x),
    [NaN],
  ),
  of(
    "min of many, in parts",
    columns(2000, (i) => i - 3),
    (x) => t.min(x),
    [-3],
  ),
  of(
    "max in a row program",
    columns(3, (i) => (i === 6 ? NaN : i)),
    (x) => t.sum(t.sub(x, t.max(x, { axis: 1, keep: true })), { axis: 1 }),
    [-6, NaN, -6],
  ),
  of(
    "min in a row program",
    columns(3, (i) => (i === 6 ? NaN : -i)),
    (x) => t.sum(t.sub(x, t.min(x, { axis: 1, keep: true })), { axis: 1 }),
    [6, NaN, 6],
  ),
]

const empty = (dtype: DType) => numbers([], dtype, [0])

const overNothing: readonly NumberCase[] = [
  of("sum of nothing", empty("f32"), (x) => t.sum(x), [0]),
  of("mean of nothing", empty("f32"), (x) => t.mean(x), [NaN]),
  of("variance of nothing", empty("f32"), (x) => t.variance(x), [NaN]),
  of("max of no f32", empty("f32"), (x) => t.max(x), [-inf]),
  of("min of no f32", empty("f32"), (x) => t.min(x), [inf]),
  of("max of no f16", empty("f16"), (x) => t.max(x), [-inf]),
  of("max of no i32", empty("i32"), (x) => t.max(x), [-2147483648]),
  of("min of no i32", empty("i32"), (x) => t.min(x), [2147483647]),
  of("max of no u32", empty("u32"), (x) => t.max(x), [0]),
  of("min of no u32", empty("u32"), (x) => t.min(x), [4294967295]),
  of("sum of no i32", empty("i32"), (x) => t.sum(x), [0]),
  of("any of nothing", empty("f32"), (x) => t.any(x), [0]),
  of("all of nothing", empty("f32"), (x) => t.all(x), [1]),
  of("any of no bool", empty("bool"), (x) => t.any(x), [0]),
  of("all of no bool", empty("bool"), (x) => t.all(x), [1]),
  of("logSumExp of nothing", empty("f32"), (x) => t.logSumExp(x), [-inf]),
  of("norm of nothing", empty("f32"), (x) => t.norm(x), [0]),
  of("max of empty rows", numbers([], "i32", [2, 0]), (x) => t.max(x, { axis: 1 }), [-2147483648, -2147483648]),
  of("any and all of NaN", [NaN], (x) => t.stack([t.any(x), t.all(x)]), [1, 1]),
  of("max of i32 at the ends", numbers([-2147483648, -5], "i32"), (x) => t.max(x), [-5]),
  of("min of u32 at the ends", numbers([4294967295, 2147483648], "u32"), (x) => t.min(x), [2147483648]),
]

const rows = (...values: readonly (readonly number[])[]) =>
  numbers(values.flat(), "f32", [values.length, values[0]!.length])

const softmaxes: readonly NumberCase[] = [
  of("softmax beside -∞", [-inf, 0, -inf], t.softmax, [0, 1, 0]),
  of("softmax of only -∞", [-inf, -inf], t.softmax, [NaN, NaN]),
  of("softmax with ∞", [inf, 1], t.softmax, [NaN, NaN]),
  of("softmax with NaN", rows([NaN, 1], [0, 0]), t.softmax, [NaN, NaN, 0.5, 0.5]),
  of("softmax of large numbers", [1e8, 1e8, -1e8], t.softmax, [0.5, 0.5, 0]),
  of("logSoftmax beside -∞", [-inf, 0], t.logSoftmax, [-inf, 0]),
  of("logSoftmax of only -∞", [-inf, -inf], t.logSoftmax, [NaN, NaN]),
  of("logSoftmax with ∞", [inf, 1], t.logSoftmax, [NaN, NaN]),
  of("logSoftmax with NaN", rows([NaN, 1], [0, 0]), t.logSoftmax, [NaN, NaN, -Math.LN2, -Math.LN2], 2e-7),
  of("logSumExp of only -∞", [-inf, -inf], (x) => t.logSumExp(x), [-inf]),
  of("logSumExp with ∞", [inf, 1, -inf], (x) => t.logSumExp(x), [inf]),
  of("logSumExp with NaN", [NaN, 1, inf], (x) => t.logSumExp(x), [NaN]),
  of(
    "logSumExp of rows, one wholly masked",
    rows([0, 0], [-inf, -inf]),
    (x) => t.logSumExp(x, { axis: 1 }),
    [Math.LN2, -inf],
    2e-7,
  ),
  of(
    "logSumExp along long rows, one wholly masked",
    numbers(
      Array.from({ length: 3 * 300 }, (_, i) => (i < 300 ? -inf : i < 600 ? 0 : i === 700 ? inf : 1)),
      "f32",
      [3, 300],
    ),
    (x) => t.logSumExp(x, { axis: 1 }),
    [-inf, Math.log(300), inf],
    2e-7,
  ),
]

const filled = (dtype: DType, value: number): NumberCase =>
  of(
    `${value} as a fill and as padding of ${dtype}`,
    numbers([1], dtype),
    (x) => t.concat([filledWith([1], value, dtype), t.pad(x, { low: [1], value }), t.mul(x, value)], 0),
    [value, value, 1, value],
  )

const constants: readonly NumberCase[] = [
  ...floats.flatMap((dtype) => [NaN, inf, -inf, -0].map((value) => filled(dtype, value))),
  filled("i32", -2147483648),
  filled("i32", 2147483647),
  filled("u32", 4294967295),
  of("constants are folded by the reference", [1], (x) => t.add(x, t.div(filledWith([1], 1), t.zeros([1]))), [inf]),
  of("0 / 0 of constants", [1], (x) => t.add(x, t.div(t.zeros([1]), t.zeros([1]))), [NaN]),
  of("constants that overflow", [1], (x) => t.add(x, t.mul(filledWith([1], 3e38), 10)), [inf]),
  of(
    "integer constants that wrap",
    numbers([0], "u32"),
    (x) => t.add(x, t.add(filledWith([1], 4294967295, "u32"), 2)),
    [1],
  ),
  of("integer constants over 0", numbers([1], "i32"), (x) => t.add(x, t.div(filledWith([1], 5, "i32"), 0)), [6]),
  of("a table of what is not finite", [0, 0, 0], (x) => t.add(x, t.constant([NaN, inf, -inf])), [NaN, inf, -inf]),
  of("the branch not taken does not spread", [1, NaN], (x) => t.select(t.isNaN(x), inf, x), [1, inf]),
]

const casts: readonly NumberCase[] = [
  of(
    "f32 to i32",
    [NaN, inf, -inf, 3e9, -3e9, -1.9, 2147483520],
    (x) => t.cast(x, "i32"),
    [0, 2147483647, -2147483648, 2147483647, -2147483648, -1, 2147483520],
  ),
  of("f32 to u32", [NaN, inf, -inf, 5e9, -3, 3.9], (x) => t.cast(x, "u32"), [0, 4294967295, 0, 4294967295, 0, 3]),
  of("f16 to i32", numbers([NaN, inf, -inf, -1.5], "f16"), (x) => t.cast(x, "i32"), [0, 2147483647, -2147483648, -1]),
  of("f32 to bool", some, (x) => t.cast(x, "bool"), [1, 1, 1, 0, 0, 1, 1, 1]),
  of("f32 to f16", [NaN, inf, -inf, 65519, 65520, -1e30], (x) => t.cast(x, "f16"), [NaN, inf, -inf, 65504, inf, -inf]),
  of("f16 to f32", numbers([NaN, inf, -inf], "f16"), (x) => t.cast(x, "f32"), [NaN, inf, -inf]),
]

const functions: readonly NumberCase[] = [
  of("exp", [NaN, inf, -inf, 89, -104], t.exp, [NaN, inf, 0, inf, 0]),
  of("log", [NaN, inf, -inf, 0, -0, -1], t.log, [NaN, inf, NaN, -inf, -inf, NaN]),
  of("sqrt", [NaN, inf, -inf, 0, -1], t.sqrt, [NaN, inf, NaN, 0, NaN]),
  of("rsqrt", [NaN, inf, 0, -1], t.rsqrt, [NaN, 0, inf, NaN]),
  of("tanh", [NaN, inf, -inf], t.tanh, [NaN, 1, -1]),
  of("logistic", [NaN, inf, -inf], t.logistic, [NaN, 1, 0]),
  of("erf", [NaN, inf, -inf], t.erf, [NaN, 1, -1]),
  of("sin and cos", [NaN, inf, -inf], (x) => t.concat([t.sin(x), t.cos(x)], 0), new Array<number>(6).fill(NaN)),
  of("tan", [NaN, inf, -inf], t.tan, [NaN, NaN, NaN]),
  of("silu", [NaN, inf, -200], t.silu, [NaN, inf, 0]),
  of("gelu", [NaN, inf, -20], t.gelu, [NaN, inf, 0]),
  of("geluTanh", [NaN, inf, -20, 1e20, -1e20], t.geluTanh, [NaN, inf, 0, 1e20, 0], 1e-7),
  of("quickGelu", [NaN, inf, -100], t.quickGelu, [NaN, inf, 0]),
  of("reciprocal", [NaN, inf, -inf, 0, -0], t.reciprocal, [NaN, 0, 0, inf, -inf]),
  pair(
    "power as IEEE 754 has it",
    [
      [NaN, 1, NaN, 2, 0.5, 2, 0.5, -2, -2, -2, 0, 0, -0, -0, -inf, -inf, inf, -1, 0, -8],
      [0, NaN, 1, inf, inf, -inf, -inf, 3, 2, 0.5, -1, 2, -1, 3, 3, 2, -1, inf, 0, 1 / 3],
    ],
    t.power,
    [1, 1, NaN, inf, 0, 0, inf, -8, 4, NaN, inf, 0, -inf, 0, -inf, inf, 0, 1, 1, NaN],
    { within: 2e-7 },
  ),
  pair(
    "remainder",
    [
      [NaN, 1, inf, 5, 5, -5, 0],
      [1, NaN, 2, inf, 0, -inf, 0],
    ],
    t.remainder,
    [NaN, NaN, NaN, 5, NaN, -5, NaN],
  ),
  of("sums and products of infinities", [inf, -inf], (x) => t.concat([t.add(x, inf), t.mul(x, 0)], 0), [
    inf,
    NaN,
    NaN,
    NaN,
  ]),
  of("x - x of what is not finite", [inf, NaN, -inf, 3], (x) => t.sub(x, x), [NaN, NaN, NaN, 0]),
  of("x + (-x) of what is not finite", [inf, NaN, 3], (x) => t.add(t.neg(x), x), [NaN, NaN, 0]),
  of("0·x of what is not finite", [inf, NaN, -inf, -3], (x) => t.mul(x, 0), [NaN, NaN, NaN, -0]),
  of(
    "x / ∞ beside x·∞ of one constant",
    [inf, 2, -3],
    (x) => {
      const infinite = filledWith([3], inf)
      return t.concat([t.div(x, infinite), t.mul(x, infinite), t.div(x, -inf)], 0)
    },
    [NaN, 0, -0, inf, inf, -inf, NaN, -0, 0],
  ),
  of("x·0 in a long program", [inf, NaN, 1], (x) => t.mul(0, t.add(x, 1)), [NaN, NaN, 0]),
  of("∞ from division and overflow", [1, -1, 0, 3e38], (x) => t.concat([t.div(x, 0), t.mul(x, 4)], 0), [
    inf,
    -inf,
    NaN,
    inf,
    4,
    -4,
    0,
    inf,
  ]),
  of("norm with ∞ and with NaN", [inf, 1, -inf], (x) => t.stack([t.norm(x), t.norm(t.div(x, x))]), [inf, NaN]),
]

const ofIntegers: readonly NumberCase[] = [
  pair(
    "i32 division",
    [
      [7, -7, 7, -2147483648, 5],
      [2, 2, -2, -1, 0],
    ],
    t.div,
    [3, -3, -3, -2147483648, 5],
    { dtype: "i32" },
  ),
  pair(
    "i32 remainder",
    [
      [7, -7, 7, -2147483648, 5],
      [4, 4, -4, -1, 0],
    ],
    t.remainder,
    [3, -3, 3, 0, 0],
    { dtype: "i32" },
  ),
  pair(
    "u32 division",
    [
      [7, 4294967295, 5],
      [2, 2, 0],
    ],
    t.div,
    [3, 2147483647, 5],
    { dtype: "u32" },
  ),
  pair(
    "u32 comparison",
    [
      [4294967295, 0],
      [1, 4294967295],
    ],
    t.greater,
    [1, 0],
    { dtype: "u32" },
  ),
  pair(
    "i32 comparison",
    [
      [-1, 2147483647],
      [0, -2147483648],
    ],
    t.less,
    [1, 0],
    { dtype: "i32" },
  ),
]

/** Programs of what is not finite, and of nothing at all. */
export const nonFinite: readonly NumberCase[] = [
  ...comparisons,
  ...largest,
  ...everyWay,
  ...overNothing,
  ...softmaxes,
  ...constants,
  ...casts,
  ...functions,
  ...ofIntegers,
]
