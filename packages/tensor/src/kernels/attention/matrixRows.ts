import { wgsl, type Wgsl } from "../../codegen/expression.ts"
import type { MatrixOrder } from "../../codegen/subgroupMatrix.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { range } from "../emit/operand.ts"
import type { Half } from "../tiles/matrixOperations.ts"
import { halvesOf } from "../tiles/matrixChoice.ts"
import { pairsOf } from "../tiles/matrixTile.ts"
import { halfOf, type Left, type MatrixMemory, type Right, type SubgroupMatrices } from "../tiles/subgroupMatrices.ts"
import { isWhole, paddedTo, type MatrixTokens } from "./matrixTile.ts"
import type { AttentionProblem } from "./problem.ts"
import type { Tokens } from "./workgroupText.ts"

/** An operand whose tokens are multiplied. */
export type Multiplied = "q" | "k" | "v" | "upper"

/** The text of a kernel's parts, for one problem and choice. */
export interface MatrixWriter {
  readonly problem: AttentionProblem
  readonly choice: MatrixTokens
  readonly matrices: SubgroupMatrices
  readonly subgroupSize: number
  /** Tensors that are read four elements at a time. */
  readonly vectors: ReadonlySet<Tensor>
  /** A workgroup's own operands, and those that it meets. */
  readonly own: readonly Multiplied[]
  readonly met: readonly Multiplied[]
  /** Whether the next block of others is fetched while one is computed. */
  readonly ahead: boolean
  /** Places in the memory for weights: one for each result, or one for all in turn. */
  readonly weightPlaces: 1 | 2
  /** Whether products are loops, for compilers that take long for what is written out. */
  readonly rolled: boolean
  readonly ownTokens: Tokens
  readonly metTokens: Tokens
}

/** Numbers of columns of an operand: the parameter's name, and its value. */
export const columnsOf = (name: Multiplied): "width" | "depth" => (name === "q" || name === "k" ? "width" : "depth")

export const paddedWidth = ({ problem, choice }: MatrixWriter, name: Multiplied): number =>
  paddedTo(problem.shape[columnsOf(name)], choice)

export const inRows = ({ choice }: MatrixWriter): readonly number[] => range(choice.subRows / choice.m)

/** Columns of others, or of the results within a chunk, that a subgroup owns. */
export const shareOf = ({ choice }: MatrixWriter, extent: number): Wgsl =>
  wgsl`own_columns * ${extent / choice.across}u`

export const leftName = (operand: Multiplied, row: number, step: number, half: Half): string =>
  `${operand}${row}_${step}_${half}`

export const keptMatrices = (writer: MatrixWriter) =>
  isWhole(writer.choice)
    ? writer.own.flatMap((operand) =>
        inRows(writer).flatMap((row) =>
          range(paddedWidth(writer, operand) / writer.choice.k).flatMap((step) =>
            halvesOf(writer.choice).map((half) => ({
              operand,
              row,
              step,
              half,
              name: leftName(operand, row, step, half),
            })),
          ),
        ),
      )
    : []

/** A subgroup's own rows by the matrix of others that is at hand, half by half. */
export const multiplied = (
  writer: MatrixWriter,
  left: (row: number, half: Half) => Left,
  place: MatrixMemory,
  order: MatrixOrder,
  at: Wgsl,
  sum: (row: number) => string,
): readonly string[] => {
  const { choice, matrices } = writer
  const right = (half: Half): Right => ({ name: `r_${half}`, place: { memory: halfOf(place, half), order } })
  return [
    "{",
    ...halvesOf(choice).map((half) => matrices.right(right(half), at)),
    ...inRows(writer).flatMap((row) =>
      pairsOf(choice).map(([own, met]) => matrices.multiplyAdd(left(row, own), right(met), sum(row))),
    ),
    "}",
  ]
}

/** The rows of a subgroup as left matrices `<letter><row>_<half>`, and how they are named. */
export const rowMatrices = (
  writer: MatrixWriter,
  letter: string,
  place: MatrixMemory,
  column: string,
): readonly [left: (row: number, half: Half) => Left, loads: readonly string[]] => {
  const { choice, matrices } = writer
  const left = (row: number, half: Half): Left => ({ name: `${letter}${row}_${half}`, memory: halfOf(place, half) })
  const loads = inRows(writer).flatMap((row) =>
    halvesOf(choice).map((half) =>
      matrices.left(left(row, half), wgsl`(own_rows + ${row * choice.m}u) * ${place.pitch}u + ${column}`),
    ),
  )
  return [left, loads]
}
