import { measured } from "./accuracy.ts"

const range: Readonly<Record<string, string>> = {
  log: "all positive, subnormal too",
  erf: "all from 2^-123 on",
  sqrt: "all positive from 2^-126 on",
  rsqrt: "all positive from 2^-126 on",
  power: "x positive, subnormal too; results of all magnitudes",
  remainder: "all, subnormal too",
}

const accuracyTable = (): readonly string[] => {
  const columns = Object.entries(measured())
  const names = columns[0]?.[1].map(({ name }) => name) ?? []
  const unitsOf = (name: string): readonly string[] =>
    columns.map(([, rows]) => rows.find((row) => row.name === name)?.units.toFixed(2) ?? "")
  return [
    `| function | arguments | ${columns.map(([adapter]) => adapter).join(" | ")} |`,
    `|---|---|${columns.map(() => "---:|").join("")}`,
    ...names.map((name) => `| \`${name}\` | ${range[name] ?? "all from 2^-126 on"} | ${unitsOf(name).join(" | ")} |`),
  ]
}

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
  "",
  "## ∞, NaN and subnormal numbers",
  "",
  "They mean what IEEE 754, NumPy and PyTorch say, on the reference and on every adapter. Shader compilers may assume that no",
  "number is infinite or NaN. Measured on llvmpipe (Mesa 25.0) and SwiftShader: `x != x` is false for NaN, `max`, `min` and `clamp`",
  "drop it, `sign(NaN)` is 0, `0·∞` is 0, and on llvmpipe `∞ - ∞` of one variable is 0; SwiftShader takes subnormal numbers for 0 in",
  "comparisons and arithmetic, llvmpipe keeps them. So whatever *decides* goes by bits, in integer arithmetic, which no such",
  "assumption touches:",
  "",
  "- comparisons, `isNaN`, `isFinite`, `isInfinite`, casts to bool and to integers; NaN compares as different from everything;",
  "- `maximum`, `minimum`, `clamp`, `relu`, `sign`, and the reductions `max` and `min` (which fold integers that have the numbers'",
  "  order): NaN comes out where it goes in; `argmax` and `argmin` give the first NaN's place;",
  "- `any` of nothing is false, `all` of nothing true, `max` and `min` of nothing the element type's own ends (∓∞, ∓2^31, 0 and",
  "  2^32 - 1), a sum 0, a mean NaN;",
  "- `softmax` and `logSoftmax` are NaN where a group holds NaN, ∞ or only -∞; `logSumExp` is ∞ with ∞ and -∞ of only -∞;",
  "  `attention` of a query that sees no key is 0 with gradients of 0;",
  "- literals: ±∞ and NaN as constants, fill and padding values come from variables, as WGSL refuses them in constant expressions;",
  "  an op of constants alone is computed when planning, by its reference.",
  "",
  "Arithmetic (`+ - · /`, sums, `sqrt`) is the adapter's; only `x - x` and `0·x`, which compilers fold, are written by bits. WGSL",
  "lets it take *subnormal* numbers, below 2^-126, for 0: results there are 0 or the number itself, and `exp`, `power` give 0. Moving, selecting, comparing, `remainder`, `log` and the base of `power`",
  "read them by bits and keep them. Within one expression compilers may also cancel: `(x + y) - x` is y on llvmpipe and `(x·y) / x`",
  "is y on SwiftShader even for an infinite x, where IEEE 754 has NaN. `diva doctor` asks the adapter at hand about all of this.",
  "",
  "A product with a number that is not finite is as IEEE 754 has it, so masks by multiplication let NaN through; `select` does not.",
  "Large 3×3 convolutions of stride 1 go through Winograd's transforms: ∞ or NaN in one pixel reaches its whole tile of the result",
  "(up to 6 × 6 pixels), where a direct sum reaches 3 × 3.",
  "",
  "Where a function has a corner or a border, its gradient is as in JAX or PyTorch: 0 for `abs`, `relu` and `sign` at 0, for",
  "`norm`, `sqrt` and `standardDeviation` at 0 (so that √Σ x² agrees with `norm`), and for x⁰ everywhere; equal largest or smallest",
  "elements share evenly (`max`, `min`, `maximum`, `minimum`), so that `clamp` gives half at its bounds; `log` at 0 gives ∞.",
  "",
  "## Accuracy of elementary functions",
  "",
  "Largest error in units in the last place of the f32 nearest to the exact result, over every exponent of the argument and both",
  "signs (512 numbers of each; for `power`, results of every magnitude), measured by `node packages/tensor/docs/accuracy.ts`.",
  "Results below 2^-126 may be 0 and are not counted.",
  "",
  ...accuracyTable(),
  "",
  "`sin`, `cos` and `tan` reduce every finite argument exactly (in four parts of π/2 up to 8,192, beyond by 96 bits of 2/π in",
  "integer arithmetic); `remainder` is exact, by long division of the significands.",
]
