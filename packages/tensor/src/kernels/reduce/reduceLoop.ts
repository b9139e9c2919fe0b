import { statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import { combined, combinedTree, type Combine, type Held } from "../emit/combine.ts"
import { lines, range } from "../emit/operand.ts"

/** What a loop folds: its values, and the positions first, first + step, … < end. */
export interface FoldRange {
  readonly combine: Combine
  readonly type: string
  readonly first: Wgsl
  readonly step: Wgsl
  readonly end: Wgsl
  /** Positions of one iteration: 1, 2 or 4. */
  readonly unroll: number
  readonly value: (r: Wgsl) => Wgsl
}

/** Values added up before they go to the total. */
const block = 32

// Tested at the bottom: where all iterations of a loop are masked out, software adapters compute one more for nothing. The
// end is a variable: compilers unroll loops whose number of iterations they know, which takes them seconds here.
const iterations = (range: FoldRange, unroll: number, into: Wgsl, end: Wgsl): readonly string[] => {
  const { combine, step, value } = range
  const values = Array.from({ length: unroll }, (_, k) => value(placeAt(step, k)))
  return [
    "loop {",
    statement`${into} = ${combined(combine, into, combinedTree(combine, values))};`,
    "continuing {",
    statement`r += ${unroll === 1 ? step : wgsl`${unroll}u * ${step}`};`,
    statement`break if ${placeAt(step, unroll - 1)} >= ${end};`,
    "}",
    "}",
  ]
}

const placeAt = (step: Wgsl, k: number): Wgsl => (k === 0 ? wgsl`r` : wgsl`r + ${k}u * ${step}`)

// Sums run in blocks, each added to the total when full: the rounding error then grows with the number of blocks and the
// block length, not with their product.
const blocks = (range: FoldRange, unroll: number): readonly string[] => {
  const { combine, type, step, end } = range
  const condition = wgsl`${placeAt(step, unroll - 1)} < ${end}`
  return combine === "sum"
    ? [
        statement`while (${condition}) {`,
        statement`var part = ${type}();`,
        statement`let stop = min(r + ${block}u * ${step}, ${end});`,
        ...iterations(range, unroll, wgsl`part`, wgsl`stop`),
        "acc += part;",
        "}",
      ]
    : [statement`if (${condition}) {`, ...iterations(range, unroll, wgsl`acc`, end), "}"]
}

/** `fn neutral()`: what a fold starts from. */
export const neutralFunction = ({ combine, start }: Held, type: string): string =>
  statement`fn neutral() -> ${type} { return ${combine === "sum" ? wgsl`${type}()` : wgsl`${type}(${start})`}; }`

/** Statements that leave the fold of a range, which may be empty, in `acc`. */
export const foldLoop = (fold: FoldRange): string =>
  lines(
    statement`var r = ${fold.first};`,
    "var acc = neutral();",
    ...[fold.unroll, 1].slice(fold.unroll === 1 ? 1 : 0).map((unroll) => blocks(fold, unroll)),
  )

/** The four components of a vector as one value. */
export const acrossComponents = (combine: Combine, vector: Wgsl): Wgsl =>
  combinedTree(
    combine,
    range(4).map((k) => wgsl`${vector}.${"xyzw"[k]!}`),
  )
