import { literal } from "../../codegen/literal.ts"
import type { DType } from "../../dtype.ts"
import { highest, lowest } from "../../reduction.ts"
import { lines, range } from "../emit/operand.ts"

export type Combine = "sum" | "max" | "min"

export const combined = (combine: Combine, a: string, b: string): string =>
  combine === "sum" ? `(${a} + ${b})` : `${combine}(${a}, ${b})`

/** Values of an iteration, neighbours first: their loads are independent. */
const several = (combine: Combine, values: readonly string[]): string =>
  values.length === 1
    ? values[0]!
    : combined(
        combine,
        several(combine, values.slice(0, values.length / 2)),
        several(combine, values.slice(values.length / 2)),
      )

/** What a loop folds: its values, and the positions first, first + step, … < end. */
export interface FoldRange {
  readonly combine: Combine
  readonly type: string
  readonly first: string
  readonly step: string
  readonly end: string
  /** Positions of one iteration: 1, 2 or 4. */
  readonly unroll: number
  readonly value: (r: string) => string
}

/** Values added up before they go to the total. */
const block = 32

// Tested at the bottom: where all iterations of a loop are masked out, software adapters compute one more for nothing. The
// end is a variable: compilers unroll loops whose number of iterations they know, which takes them seconds here.
const iterations = (range: FoldRange, unroll: number, into: string, end: string): readonly string[] => {
  const { combine, step, value } = range
  const values = Array.from({ length: unroll }, (_, k) => value(placeAt(step, k)))
  return [
    "loop {",
    `${into} = ${combined(combine, into, several(combine, values))};`,
    "continuing {",
    `r += ${unroll === 1 ? step : `${unroll}u * ${step}`};`,
    `break if ${placeAt(step, unroll - 1)} >= ${end};`,
    "}",
    "}",
  ]
}

const placeAt = (step: string, k: number): string => (k === 0 ? "r" : `r + ${k}u * ${step}`)

// Sums run in blocks, each added to the total when full: the rounding error then grows with the number of blocks and the
// block length, not with their product.
const blocks = (range: FoldRange, unroll: number): readonly string[] => {
  const { combine, type, step, end } = range
  const condition = `${placeAt(step, unroll - 1)} < ${end}`
  return combine === "sum"
    ? [
        `while (${condition}) {`,
        `var part = ${type}();`,
        `let stop = min(r + ${block}u * ${step}, ${end});`,
        ...iterations(range, unroll, "part", "stop"),
        "acc += part;",
        "}",
      ]
    : [`if (${condition}) {`, ...iterations(range, unroll, "acc", end), "}"]
}

/** `fn neutral()`: what a fold starts from. */
export const neutralFunction = (combine: Combine, type: string, dtype: DType): string => {
  const value = combine === "max" ? lowest(dtype) : highest(dtype)
  return `fn neutral() -> ${type} { return ${combine === "sum" ? `${type}()` : `${type}(${literal(value, dtype)})`}; }`
}

/** Statements that leave the fold of a range, which may be empty, in `acc`. */
export const foldLoop = (fold: FoldRange): string =>
  lines(
    `var r = ${fold.first};`,
    "var acc = neutral();",
    ...[fold.unroll, 1].slice(fold.unroll === 1 ? 1 : 0).map((unroll) => blocks(fold, unroll)),
  )

/** The four components of a vector as one value. */
export const acrossComponents = (combine: Combine, vector: string): string =>
  several(
    combine,
    range(4).map((k) => `${vector}.${"xyzw"[k]!}`),
  )
