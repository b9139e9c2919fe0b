import * as t from "../../../src/ops/index.ts"
import { numbers, of, type NumberCase } from "../numberCase.ts"
import { inf } from "./arrays.ts"

/** Casts of what the other type does not hold. */
export const casts: readonly NumberCase[] = [
  of(
    "f32 to u32 about its ends",
    [4294967040, 4294967296, -0.9, 0.9999999, 1e20, -1e20],
    (x) => t.cast(x, "u32"),
    [4294967040, 4294967295, 0, 0, 4294967295, 0],
  ),
  of(
    "f32 to i32 about its ends",
    [2147483648, -2147483648, -2147483904, 0.9999999, -0.9999999],
    (x) => t.cast(x, "i32"),
    [2147483647, -2147483648, -2147483648, 0, 0],
  ),
  of("f16 to u32", numbers([inf, -inf, NaN, 65504, -1], "f16"), (x) => t.cast(x, "u32"), [4294967295, 0, 0, 65504, 0]),
  of(
    "i32 to u32 and back",
    numbers([-1, -2147483648, 5], "i32"),
    (x) => t.cast(t.cast(x, "u32"), "i32"),
    [-1, -2147483648, 5],
  ),
  of("u32 to i32", numbers([4294967295, 2147483648], "u32"), (x) => t.cast(x, "i32"), [-1, -2147483648]),
  of(
    "integers to f32 are rounded to the nearest",
    numbers([16777217, 2147483647, -16777219], "i32"),
    (x) => t.cast(x, "f32"),
    [16777216, 2147483648, -16777220],
  ),
  of("u32 to f32", numbers([4294967295, 16777219], "u32"), (x) => t.cast(x, "f32"), [4294967296, 16777220]),
  of("integers beyond f16", numbers([70000, -70000, 2049, 65519], "i32"), (x) => t.cast(x, "f16"), [
    inf,
    -inf,
    2048,
    65504,
  ]),
  of(
    "f32 to f16 among its smallest",
    [6e-8, 2.98e-8, 2 ** -25, 8.9e-8, -6.1e-5],
    (x) => t.cast(x, "f16"),
    [5.960464477539063e-8, 0, 0, 5.960464477539063e-8, -6.097555160522461e-5],
  ),
  of(
    "bool to numbers",
    numbers([1, 0], "bool"),
    (x) => t.concat([t.cast(x, "f32"), t.cast(t.cast(x, "i32"), "f32"), t.cast(t.cast(x, "u32"), "f32")], 0),
    [1, 0, 1, 0, 1, 0],
  ),
  of("integers to bool", numbers([-1, 0, 256], "i32"), (x) => t.cast(x, "bool"), [1, 0, 1]),
]
