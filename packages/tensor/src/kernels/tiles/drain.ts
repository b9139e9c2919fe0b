import { statement, wgsl } from "../../codegen/expression.ts"
import { range } from "../emit/operand.ts"
import { layDown, sumName, type SumsOut } from "./sumsOut.ts"

/** Turns in which a subgroup's invocations walk a row of places, four elements each. */
const turnsOf = ({ choice, facts, wide }: SumsOut): number => Math.ceil((choice.m * wide) / 4 / facts.subgroupSize)

export const totalName = (row: number, part: number, turn: number): string => `total${row}_${part}_${turn}`

/** Each place of sums by its row of matrices and its part of the columns. */
const placesOf = ({ choice, wide }: SumsOut): readonly (readonly [row: number, part: number])[] =>
  range(choice.subRows / choice.m).flatMap((row) => range(choice.subColumns / wide).map((part) => [row, part] as const))

export const declareTotals = (out: SumsOut): readonly string[] =>
  out.choice.drained !== undefined
    ? placesOf(out).flatMap(([row, part]) =>
        range(turnsOf(out)).map((turn) => statement`var ${totalName(row, part, turn)} = vec4<f32>();`),
      )
    : []

/** Every so many depths the sums so far go to f32, where additions round, and the matrices begin anew. */
export const drainText = (out: SumsOut, begin: string): readonly string[] => {
  const { choice, facts, operations, wide } = out
  if (choice.drained === undefined) return []
  const quads = (choice.m * wide) / 4
  const taken = (row: number, part: number, turn: number): string => {
    const e = wgsl`own + ${turn * facts.subgroupSize}u`
    const add = statement`${totalName(row, part, turn)} += ${operations.quad(wgsl`place + (${e}) * 4u`)};`
    return (turn + 1) * facts.subgroupSize <= quads ? add : statement`if (${e} < ${quads}u) { ${add} }`
  }
  return [
    statement`if (k > ${begin} && (k - ${begin}) % ${choice.drained}u == 0u) {`,
    statement`let place = subgroup * ${choice.m * wide}u;`,
    ...placesOf(out).flatMap(([row, part]) => [
      ...layDown(operations, choice, wide, row, part),
      "workgroupBarrier();",
      ...range(turnsOf(out)).map((turn) => taken(row, part, turn)),
      "workgroupBarrier();",
      ...range(wide / choice.n).map((column) => operations.clear(sumName(row, (part * wide) / choice.n + column))),
    ]),
    "}",
  ]
}
