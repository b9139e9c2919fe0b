import { statement, wgsl, type Part, type Wgsl } from "../../codegen/expression.ts"
import { range } from "../emit/operand.ts"
import type { MatrixMemory } from "../tiles/subgroupMatrices.ts"
import { metPlace, metStaging, scoresPlace, stage, weightsPlace } from "./matrixMemory.ts"
import {
  columnsOf,
  inRows,
  multiplied,
  paddedWidth,
  rowMatrices,
  shareOf,
  type MatrixWriter,
  type Multiplied,
} from "./matrixRows.ts"
import { inScores, scoreAt, scoreQuad, scoreQuads } from "./matrixScores.ts"
import { isWhole, scorePitch } from "./matrixTile.ts"

/** Puts a vector of weights of a result where `applyText` reads them, after a barrier. */
export const weightText = (writer: MatrixWriter, q: number, value: Part, result = 0): string => {
  const { name, pitch } = weightsPlace(writer, result)
  return statement`put_${name}(own_row * ${pitch / 4}u + ${wgsl`slot * ${scoreQuads(writer).length}u + ${q}u`}, ${value});`
}

// Matrices of a result that a subgroup owns, side by side within a chunk, chunk after chunk.
const inChunk = ({ choice }: MatrixWriter): number => choice.chunk / choice.across / choice.n

const chunksOf = (writer: MatrixWriter, met: Multiplied): number =>
  Math.ceil(paddedWidth(writer, met) / writer.choice.chunk)

const inResult = (writer: MatrixWriter, met: Multiplied): readonly number[] =>
  range(isWhole(writer.choice) ? paddedWidth(writer, met) / writer.choice.n : chunksOf(writer, met) * inChunk(writer))

const sumName = (sums: string, row: number, t: number): string => `${sums}${row}_${t}`

export const declareSums = (writer: MatrixWriter, sums: string, met: Multiplied): readonly string[] =>
  inRows(writer).flatMap((row) => inResult(writer, met).map((t) => writer.matrices.zero(sumName(sums, row, t))))

/** Which sums of which result are added to. */
interface Applied {
  readonly sums: string
  readonly result: number
  readonly ts: readonly number[]
}

const applyStep = (writer: MatrixWriter, { sums, result, ts }: Applied, met: Multiplied, j: string) => {
  const { choice } = writer
  const place = metPlace(writer, met)
  const [left, loads] = rowMatrices(writer, "w", weightsPlace(writer, result), j)
  return [
    ...loads,
    ...ts.flatMap((t, d) =>
      multiplied(
        writer,
        left,
        place,
        "row_major",
        wgsl`${j} * ${place.pitch}u + ${shareOf(writer, choice.chunk)} + ${d * choice.n}u`,
        (row) => sumName(sums, row, t),
      ),
    ),
  ]
}

const applyChunk = (writer: MatrixWriter, applied: Applied, met: Multiplied): readonly string[] => {
  const { others, k } = writer.choice
  return writer.rolled
    ? [statement`for (var j = 0u; j < ${others}u; j += ${k}u) {`, ...applyStep(writer, applied, met, "j"), "}"]
    : range(others / k).flatMap((step) => ["{", ...applyStep(writer, applied, met, `${step * k}u`), "}"])
}

/** `<sums>` += Σ weights[row, other]·met[other, …] over the others at hand, by the weights of a result; ends with a barrier. */
export const applyText = (writer: MatrixWriter, sums: string, met: Multiplied, result = 0): readonly string[] => {
  const ts = inResult(writer, met)
  if (isWhole(writer.choice)) return [...applyChunk(writer, { sums, result, ts }, met), "workgroupBarrier();"]
  const each = inChunk(writer)
  return range(chunksOf(writer, met)).flatMap((c) => [
    stage(metStaging(writer, met), "first", wgsl`${c * writer.choice.chunk}u`),
    "workgroupBarrier();",
    ...applyChunk(writer, { sums, result, ts: ts.slice(c * each, (c + 1) * each) }, met),
    "workgroupBarrier();",
  ])
}

/** Sums pass through the memory of scores, as many columns of each subgroup at a time as it has room for. */
const throughMemory = (
  writer: MatrixWriter,
  sums: string,
  met: Multiplied,
  body: (first: number, place: (row: number, t: number) => readonly [string, MatrixMemory, Wgsl]) => readonly string[],
): readonly string[] => {
  const { choice, matrices } = writer
  const memory = scoresPlace(writer, 0)
  const room = inScores(writer).length
  const ts = inResult(writer, met)
  const place = (row: number, t: number): readonly [string, MatrixMemory, Wgsl] => [
    sumName(sums, row, t),
    memory,
    wgsl`(own_rows + ${row * choice.m}u) * ${memory.pitch}u + ${shareOf(writer, choice.others)} + ${(t % room) * choice.n}u`,
  ]
  return range(Math.ceil(ts.length / room)).flatMap((piece) => [
    ...ts
      .slice(piece * room, (piece + 1) * room)
      .flatMap((t) => inRows(writer).map((row) => matrices.store(...place(row, t)))),
    "workgroupBarrier();",
    ...body(piece * room, place),
    "workgroupBarrier();",
  ])
}

/** Multiplies each row of sums by the factor that its invocations hold. */
export const rescaleText = (writer: MatrixWriter, sums: string, met: Multiplied, factor: string): readonly string[] =>
  throughMemory(writer, sums, met, (first, place) => [
    ...scoreQuads(writer).map((q) =>
      writer.matrices.setQuad("scores0", scoreAt(writer, 0, q), wgsl`${scoreQuad(writer, 0, q)} * ${factor}`),
    ),
    "workgroupBarrier();",
    ...inResult(writer, met)
      .slice(first, first + inScores(writer).length)
      .flatMap((t) => inRows(writer).map((row) => writer.matrices.reload(...place(row, t)))),
  ])

/** Stores the sums of all rows that there are. `start` is the position of a row's first column. */
export const storeText = (
  writer: MatrixWriter,
  sums: string,
  met: Multiplied,
  { start, value }: { readonly start: Wgsl; readonly value: (sum: Wgsl) => Part },
): readonly string[] => {
  const { choice, problem, ownTokens } = writer
  const width = problem.shape[columnsOf(met)]
  const [mine, room, last] = [choice.others / choice.across, inScores(writer).length, inResult(writer, met).length]
  const each = isWhole(choice) ? last : inChunk(writer)
  return throughMemory(writer, sums, met, (first) => [
    statement`if (row < ${ownTokens.count}) {`,
    statement`for (var q = 0u; q < ${scoreQuads(writer).length}u; q++) {`,
    statement`let x = slot * ${4 * scoreQuads(writer).length}u + q * 4u;`,
    statement`let t = ${first}u + x % ${mine}u / ${choice.n}u;`,
    statement`let column = t / ${each}u * ${choice.chunk}u + x / ${mine}u * ${choice.chunk / choice.across}u + t % ${each}u * ${choice.n}u + x % ${choice.n}u;`,
    statement`if (t < ${Math.min(first + room, last)}u && column < ${width}u) {`,
    statement`let value = ${writer.matrices.quad("scores0", wgsl`own_row * ${scorePitch(choice)}u + x`)};`,
    statement`store_quad(${start} + column, ${width}u - column, ${value(wgsl`value`)});`,
    "}",
    "}",
    "}",
  ])
}
