import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import { statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import { lines, range } from "../emit/operand.ts"
import type { MatrixChoice } from "./matrixChoice.ts"
import type { MatrixOperations } from "./matrixOperations.ts"

/** A subgroup's matrix of sums: in which of its rows and columns of matrices. */
export const sumName = (row: number, column: number): string => `s${row}_${column}`

/** Lays the matrices of a place side by side into the memory. */
export const layDown = (operations: MatrixOperations, { n }: MatrixChoice, wide: number, row: number, part: number) =>
  range(wide / n).map((column) => operations.store(sumName(row, (part * wide) / n + column), column * n))

/** What stores a tile: its operations, and how many columns a place of sums has. */
export interface SumsOut {
  readonly choice: MatrixChoice
  readonly facts: KernelFacts
  readonly operations: MatrixOperations
  readonly wide: number
  /** Name of what is added to four sums: of a row of matrices, a part of its columns, and a turn of a subgroup's invocations. */
  readonly total?: (row: number, part: number, turn: number) => string
}

/**
 * Statements for four neighbouring elements of the output at a time: their row, their first column, and the expression of their sums.
 * Matrices pass through memory, as many neighbours together as it holds, since their elements have no names.
 */
export const sumsOutText = (
  { choice, facts, operations, wide, total }: SumsOut,
  store: (row: Wgsl, column: Wgsl, sums: Wgsl) => readonly string[],
): string => {
  const { m, subRows, subColumns } = choice
  const quads = wide / 4
  const stored = (row: number, part: number, more: (sums: Wgsl) => Wgsl): readonly string[] =>
    store(
      wgsl`first_left + own_row + ${row * m}u + e / ${quads}u`,
      wgsl`first_right + own_column + ${part * wide}u + e % ${quads}u * 4u`,
      more(operations.quad(wgsl`place + e * 4u`)),
    )
  const walked = (row: number, part: number): readonly string[] =>
    total === undefined
      ? [
          statement`for (var e = own; e < ${m * quads}u; e += ${facts.subgroupSize}u) {`,
          ...stored(row, part, (sums) => sums),
          "}",
        ]
      : range(Math.ceil((m * quads) / facts.subgroupSize)).flatMap((turn) => [
          "{",
          statement`let e = own + ${turn * facts.subgroupSize}u;`,
          statement`if (e < ${m * quads}u) {`,
          ...stored(row, part, (sums) => wgsl`(${sums} + ${total(row, part, turn)})`),
          "}",
          "}",
        ])
  return lines(
    statement`let place = subgroup * ${m * wide}u;`,
    ...range(subRows / m).flatMap((row) =>
      range(subColumns / wide).map((part) =>
        lines(
          ...layDown(operations, choice, wide, row, part),
          "workgroupBarrier();",
          ...walked(row, part),
          "workgroupBarrier();",
        ),
      ),
    ),
  )
}
