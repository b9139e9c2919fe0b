/** What numbers mean to all ops alike: the first part of docs/ops.md. */
export const numbersSection: readonly string[] = [
  "## Element types do not mix by themselves",
  "",
  "Operands share one element type; nothing is promoted and nothing is cut. Where they differ, the call throws and says what",
  "to cast.",
  "",
  "| beside a tensor of | a plain number | a tensor of another type |",
  "|---|---|---|",
  '| `f32` | rounds to the nearest f32; ±∞ and NaN stay; a finite number beyond 3.4028235e38 is refused | refused: `cast(x, "f32")` |',
  '| `f16` | rounds to the nearest f32, the result to f16; ±∞ and NaN stay; a finite number from 65520 on is refused | refused: `cast(x, "f32")` |',
  "| `i32` | an integer from -2147483648 to 2147483647; a fraction, ±∞, NaN and all others are refused | refused: cast one of them |",
  "| `u32` | an integer from 0 to 4294967295; a negative, a fraction, ±∞, NaN and all others are refused | refused: cast one of them |",
  "| `bool` | 0 or 1 | refused: `notEqual(x, 0)` makes a bool |",
  "",
  "A number beside a tensor is refused with `DTypeMismatch`, a fill or padding value with `InvalidAttribute`, a constant's",
  "number with `InvalidData`. So `mul(x, 2.5)`, `less(x, 2.5)` and `div(x, 0.5)` of i32, or `greater(x, -1)` of u32, are errors",
  'at the call: `mul(cast(x, "f32"), 2.5)` says what is meant.',
]
