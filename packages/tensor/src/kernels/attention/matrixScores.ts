import { statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import { range } from "../emit/operand.ts"
import type { Half } from "../tiles/matrixOperations.ts"
import { halfOf, type Left } from "../tiles/subgroupMatrices.ts"
import {
  declareNext,
  fetchNext,
  fillNext,
  metPlace,
  metStaging,
  ownStaging,
  scoresPlace,
  stage,
  weightsPlace,
  type Staging,
} from "./matrixMemory.ts"
import {
  columnsOf,
  inRows,
  keptMatrices,
  leftName,
  multiplied,
  paddedWidth,
  rowMatrices,
  shareOf,
  type MatrixWriter,
  type Multiplied,
} from "./matrixRows.ts"
import { isWhole, rowLanes } from "./matrixTile.ts"

/**
 * Which tokens of which head a workgroup computes, which share of the others it meets, which rows and columns a subgroup owns, and
 * which row of scores an invocation folds, with its neighbours.
 */
export const placeText = (writer: MatrixWriter): readonly string[] => {
  const { choice, subgroupSize, ownTokens } = writer
  const lanes = rowLanes(choice, subgroupSize)
  return [
    statement`let row_tiles = (${ownTokens.count} + ${choice.rows - 1}u) / ${choice.rows}u;`,
    statement`let first_row = group % row_tiles * ${choice.rows}u;`,
    "let head = group / row_tiles % (params.batch * params.heads);",
    "let h = head % params.heads;",
    "let b = head / params.heads;",
    "let share = group / row_tiles / (params.batch * params.heads);",
    // Workgroups of a grid rounded up; all invocations of one leave together, before any barrier.
    "if (share >= params.parts) { return; }",
    statement`let subgroup = lane / ${subgroupSize}u;`,
    statement`let own = lane % ${subgroupSize}u;`,
    statement`let own_rows = subgroup / ${choice.across}u * ${choice.subRows}u;`,
    statement`let own_columns = subgroup % ${choice.across}u;`,
    statement`let own_row = lane / ${lanes}u;`,
    statement`let slot = lane % ${lanes}u;`,
    "let row = first_row + own_row;",
    "let scale = bitcast<f32>(params.scale);",
  ]
}

/** Own tokens as matrices in registers, where whole rows of them fit: through the memory of the others, subgroup by subgroup. */
export const keepText = (writer: MatrixWriter): readonly string[] => {
  const { choice, matrices, own } = writer
  if (!isWhole(choice)) return []
  const together = choice.others / choice.subRows
  const each = keptMatrices(writer)
  return [
    ...each.map(({ name }) => matrices.declareKept(name)),
    statement`for (var s = 0u; s < ${choice.rows / choice.subRows}u; s += ${together}u) {`,
    ...own.map((operand) => stage(ownStaging(writer, operand), wgsl`first_row + s * ${choice.subRows}u`, "0u")),
    "workgroupBarrier();",
    statement`if (subgroup / ${together}u * ${together}u == s) {`,
    ...each.map(({ operand, row, step, half, name }) => {
      const { place } = ownStaging(writer, operand)
      const at = wgsl`(subgroup % ${together}u * ${choice.subRows}u + ${row * choice.m}u) * ${place.pitch}u + ${step * choice.k}u`
      return matrices.keep(name, halfOf(place, half), at)
    }),
    "}",
    "workgroupBarrier();",
    "}",
  ]
}

const metStagings = (writer: MatrixWriter): readonly Staging[] =>
  writer.met.map((operand) => metStaging(writer, operand))

/** What a walk over the others does beside the computing. */
interface Walk {
  /** The first other, and the end of them. */
  readonly begin: string
  /** Statements that bring what else a block of others needs, given `first`, its first one. */
  readonly bring?: readonly string[]
  /** The same in two where blocks are fetched ahead: to fetch it, given `next`, and to lay it down afterwards. */
  readonly fetch?: readonly string[]
  readonly fill?: readonly string[]
}

// Fetched, computed, laid down: the next block is on its way while one is computed.
const walkAhead = (writer: MatrixWriter, { begin, fetch = [], fill = [] }: Walk, body: readonly string[]) => {
  const stagings = metStagings(writer)
  const { others } = writer.choice
  return [
    ...stagings.flatMap((staging) => declareNext(writer, staging)),
    statement`for (var next = ${begin}; ; next += ${others}u) {`,
    "let is_more = next < end;",
    "if (is_more) {",
    ...stagings.flatMap((staging) => fetchNext(writer, staging, "next")),
    ...fetch,
    "}",
    statement`if (next > ${begin}) {`,
    statement`let first = next - ${others}u;`,
    ...body,
    "}",
    "if (!is_more) { break; }",
    ...fill,
    ...stagings.flatMap((staging) => fillNext(writer, staging)),
    "workgroupBarrier();",
    "}",
  ]
}

/** Walks the others block by block up to `end`: `body` computes those from `first` on, whole rows of them at hand where they fit, and ends with a barrier. */
export const walkText = (writer: MatrixWriter, walk: Walk, body: readonly string[]): readonly string[] => {
  if (writer.ahead) return walkAhead(writer, walk, body)
  const staged = metStagings(writer).map((staging) => stage(staging, "first", "0u"))
  return [
    statement`for (var first = ${walk.begin}; first < end; first += ${writer.choice.others}u) {`,
    ...(walk.bring ?? []),
    ...(isWhole(writer.choice) ? [...staged, "workgroupBarrier();"] : []),
    ...body,
    "}",
  ]
}

export const inScores = ({ choice }: MatrixWriter): readonly number[] => range(choice.others / choice.across / choice.n)

// One step of the summed axis: the rows' matrices by those of all others that the subgroup owns.
const scoreStep = (
  writer: MatrixWriter,
  met: Multiplied,
  column: Wgsl,
  left: (row: number, half: Half) => Left,
): readonly string[] => {
  const { choice } = writer
  const place = metPlace(writer, met)
  return inScores(writer).flatMap((j) =>
    multiplied(
      writer,
      left,
      place,
      "col_major",
      wgsl`(${shareOf(writer, choice.others)} + ${j * choice.n}u) * ${place.pitch}u + ${column}`,
      (row) => `x${row}_${j}`,
    ),
  )
}

const wholeSteps = (writer: MatrixWriter, own: Multiplied, met: Multiplied): readonly string[] =>
  range(paddedWidth(writer, own) / writer.choice.k).flatMap((step) =>
    scoreStep(writer, met, wgsl`${step * writer.choice.k}u`, (row, half) =>
      writer.matrices.kept(leftName(own, row, step, half)),
    ),
  )

const chunkSteps = (writer: MatrixWriter, own: Multiplied, met: Multiplied): readonly string[] => {
  const { choice, ownTokens } = writer
  const [left, loads] = rowMatrices(writer, "l", weightsPlace(writer), "d")
  return [
    statement`for (var chunk = 0u; chunk < ${writer.problem.shape[columnsOf(own)]}u; chunk += ${choice.chunk}u) {`,
    stage(ownStaging(writer, own), ownTokens.first, "chunk"),
    stage(metStaging(writer, met), "first", "chunk"),
    "workgroupBarrier();",
    statement`for (var d = 0u; d < ${choice.chunk}u; d += ${choice.k}u) {`,
    ...loads,
    ...scoreStep(writer, met, wgsl`d`, left),
    "}",
    "workgroupBarrier();",
    "}",
  ]
}

/** Memory `scores<i>` = Σ own[row, …]·met[other, …] of all rows and others at hand. A barrier must follow. */
export const scoresText = (writer: MatrixWriter, i: number, own: Multiplied, met: Multiplied): readonly string[] => {
  const { choice, matrices } = writer
  const place = scoresPlace(writer, i)
  return [
    "{",
    ...inRows(writer).flatMap((row) => inScores(writer).map((j) => matrices.zero(`x${row}_${j}`))),
    ...(isWhole(choice) ? wholeSteps(writer, own, met) : chunkSteps(writer, own, met)),
    ...inRows(writer).flatMap((row) =>
      inScores(writer).map((j) =>
        matrices.store(
          `x${row}_${j}`,
          place,
          wgsl`(own_rows + ${row * choice.m}u) * ${place.pitch}u + ${shareOf(writer, choice.others)} + ${j * choice.n}u`,
        ),
      ),
    ),
    "}",
  ]
}

/** Vectors of a row of scores that an invocation folds: its share of the others, in order. */
export const scoreQuads = ({ choice, subgroupSize }: MatrixWriter): readonly number[] =>
  range(choice.others / rowLanes(choice, subgroupSize) / 4)

export const slotColumn = (writer: MatrixWriter, q: number): Wgsl =>
  wgsl`slot * ${4 * scoreQuads(writer).length}u + ${4 * q}u`

export const scoreAt = (writer: MatrixWriter, i: number, q: number): Wgsl =>
  wgsl`own_row * ${scoresPlace(writer, i).pitch}u + ${slotColumn(writer, q)}`

/** Four scores that follow each other in the invocation's row. */
export const scoreQuad = (writer: MatrixWriter, i: number, q: number): Wgsl =>
  writer.matrices.quad(`scores${i}`, scoreAt(writer, i, q))

/** The first of them, among the others at hand. */
export const otherOf = slotColumn

/** `<name>` folded over the invocations of a row, the same bits in each. */
export const acrossRow = (
  { choice, subgroupSize }: MatrixWriter,
  name: string,
  fold: (a: Wgsl, b: Wgsl) => Wgsl,
): readonly string[] => {
  const lanes = rowLanes(choice, subgroupSize)
  return range(Math.log2(lanes)).map(
    (step) => statement`${name} = ${fold(wgsl`${name}`, wgsl`subgroupShuffleXor(${name}, ${2 ** step}u)`)};`,
  )
}
