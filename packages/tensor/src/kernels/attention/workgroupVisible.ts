import { statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import { range } from "../emit/operand.ts"
import { rowOf, rowQuads, type Tokens, type Writer } from "./workgroupText.ts"

export const queryRows: Tokens = { count: "params.queries", first: "first_row" }
export const keyRows: Tokens = { count: "params.keys", first: "first_row" }
export const metQueries: Tokens = { count: "params.queries", first: "first" }
export const metKeys: Tokens = { count: "params.keys", first: "first" }

/** The four rows of quad h. */
export const rowsOf = (writer: Writer, h: number): Wgsl =>
  wgsl`vec4<u32>(${rowOf(writer, h)}) + vec4<u32>(0u, 1u, 2u, 3u)`

/** Whether row by row of quad h other j is out of sight: each sees `span` others, those from `from` on. */
export const hidden = (j: number, h: number): Wgsl => wgsl`vec4<u32>(other${j}) - from${h} >= span${h}`

export const otherPositions: readonly string[] = range(4).map(
  (j) => statement`let other${j} = first + own_other * 4u + ${j}u;`,
)

/** Steps through the others, block by block, up to `end`. */
export const walk = ({ choice }: Writer): string => statement`first < end; first += ${choice.others}u`

/** Which keys queries see: all, or those up to themselves. */
export const visibleKeys = (writer: Writer): readonly string[] => [
  ...rowQuads(writer).flatMap((h) => [
    statement`let from${h} = vec4<u32>();`,
    statement`let span${h} = select(vec4<u32>(params.keys), min(vec4<u32>(params.keys), ${rowsOf(writer, h)} + vec4<u32>(1u)), params.causal == 1u);`,
  ]),
  statement`let end = select(params.keys, min(params.keys, first_row + ${writer.choice.rows}u), params.causal == 1u);`,
]

/** Which queries see keys: all, or those from themselves on. */
export const visibleQueries = (writer: Writer): readonly string[] => [
  ...rowQuads(writer).flatMap((h) => [
    statement`let from${h} = select(vec4<u32>(), min(vec4<u32>(params.queries), ${rowsOf(writer, h)}), params.causal == 1u);`,
    statement`let span${h} = vec4<u32>(params.queries) - from${h};`,
  ]),
  statement`let begin = select(0u, first_row / ${writer.choice.others}u * ${writer.choice.others}u, params.causal == 1u);`,
  "let end = params.queries;",
]
