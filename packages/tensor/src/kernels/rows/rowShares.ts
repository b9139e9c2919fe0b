import { statement } from "../../codegen/expression.ts"
import { loopsOf } from "./rowLoops.ts"
import type { RowCode } from "./emitRows.ts"

/** How workgroups share a row: several of its parts to each, or the steps of each part in strips. */
export interface RowCut {
  /** Workgroups of a row. */
  readonly shares: number
  /** Parts of the row that a share has. */
  readonly each: number
  /** Shares of one part, and steps of such a share; the last one may have fewer. */
  readonly strips: number
  readonly stretch: number
}

/** A row in about so many shares, none of which is empty. */
export const cutOf = (code: RowCode, length: number, wanted: number): RowCut => {
  const { lanes, steps } = code.layout
  const { span, parts } = loopsOf(code, length, 1)
  const each = Math.max(1, Math.ceil(parts / wanted))
  // All but the last strip take whole turns of all invocations.
  const turn = lanes * Math.max(steps.fold, steps.write)
  const strip = Math.ceil(span / Math.max(1, Math.floor(wanted / parts)))
  const stretch = each > 1 ? span : Math.min(span, Math.ceil(strip / turn) * turn)
  const strips = Math.ceil(span / stretch)
  return { shares: Math.ceil(parts / each) * strips, each, strips, stretch }
}

/** Statements of where share `s` begins and ends, for loops of shares. */
export const shareBounds: readonly string[] = [
  "let chunk = s / params.strips * params.each;",
  "let chunks = min(chunk + params.each, params.parts);",
  "let first = s % params.strips * params.stretch;",
  "let last = min(first + params.stretch, params.span);",
]

/** WGSL `elements_of(s)`: how many elements a share has. */
export const elementsOfShare = (width: number): string =>
  [
    "fn elements_of(s: u32) -> u32 {",
    ...shareBounds,
    statement`return (chunks - chunk) * (last - first) * ${width}u;`,
    "}",
  ].join("\n")
