import { call, statement, wgsl, type Part, type Wgsl } from "../../codegen/expression.ts"
import { lines, range } from "../emit/operand.ts"
import { operandNames, operandParams } from "./problem.ts"
import { tiled } from "./workgroup.ts"
import {
  applyText,
  declareSums,
  placeText,
  rowOf,
  rowQuads,
  scoresText,
  startsText,
  storeText,
  weightsText,
  type Writer,
} from "./workgroupText.ts"
import {
  hidden,
  keyRows,
  metKeys,
  metQueries,
  otherPositions,
  queryRows,
  visibleKeys,
  visibleQueries,
  walk,
} from "./workgroupVisible.ts"

/** p and ds of all scores, hidden ones 0; the log-sum and delta that belong to a score are named by `of`. */
const slopesText = (writer: Writer, of: (j: number, h: number) => number): readonly string[] =>
  rowQuads(writer).flatMap((h) =>
    range(4).flatMap((j) => [
      statement`let p${j}_${h} = select(exp(s${j}_${h} * scale - log_sum${of(j, h)}), vec4<f32>(), ${hidden(j, h)});`,
      statement`let ds${j}_${h} = p${j}_${h} * (g${j}_${h} - delta${of(j, h)}) * scale;`,
    ]),
  )

const rowValue = ({ problem }: Writer, name: "sums" | "delta", token: Part): Wgsl =>
  wgsl`${problem.operands[operandNames.indexOf(name)]!.load}(${name}_start + min(${token}, params.queries - 1u) * params.${name}_t)`

const rowValues = (writer: Writer, name: "sums" | "delta", h: number): Wgsl =>
  call(
    "vec4<f32>",
    range(4).map((r) => rowValue(writer, name, wgsl`${rowOf(writer, h)} + ${r}u`)),
  )

const queriesMain = (writer: Writer): string =>
  lines(
    placeText(writer, "params.queries", "params.width"),
    startsText(operandNames),
    visibleKeys(writer),
    rowQuads(writer).flatMap((h) => [
      statement`let log_sum${h} = ${rowValues(writer, "sums", h)};`,
      statement`let delta${h} = ${rowValues(writer, "delta", h)};`,
    ]),
    declareSums(writer, "o"),
    statement`for (var first = 0u; ${walk(writer)}) {`,
    scoresText(writer, "s", ["q", queryRows], ["k", metKeys], "params.width"),
    scoresText(writer, "g", ["upper", queryRows], ["v", metKeys], "params.depth"),
    otherPositions,
    slopesText(writer, (_j, h) => h),
    weightsText(writer, "ds"),
    applyText(writer, "o", ["k", metKeys], "params.width"),
    "}",
    storeText(
      writer,
      {
        rows: "params.queries",
        width: "params.width",
        start: wgsl`((b * params.queries + row) * params.heads + h) * params.width`,
      },
      (row, q) => `o${row}_${q}`,
    ),
  )

/** The gradient in q: probabilities are recomputed from the rows' sums. */
export const workgroupQueries = tiled({
  products: ({ shape: { batch, heads, queries, keys, width, depth } }) => ({
    heads: batch * heads,
    rows: queries,
    others: keys,
    width,
    results: 1,
    scored: [width, depth],
  }),
  main: queriesMain,
  params: (problem) => operandParams(problem, operandNames),
})

const token = wgsl`(b * params.keys + row) * params.heads + h`

// Rows are keys here, and the walk is over the queries that see them.
const keysMain = (writer: Writer): string =>
  lines(
    placeText(writer, "params.keys", wgsl`max(params.width, params.depth)`),
    startsText(operandNames),
    visibleQueries(writer),
    declareSums(writer, "x"),
    declareSums(writer, "y"),
    statement`for (var first = begin; ${walk(writer)}) {`,
    scoresText(writer, "s", ["k", keyRows], ["q", metQueries], "params.width"),
    scoresText(writer, "g", ["v", keyRows], ["upper", metQueries], "params.depth"),
    otherPositions,
    range(4).flatMap((j) => [
      statement`let log_sum${j} = ${rowValue(writer, "sums", `other${j}`)};`,
      statement`let delta${j} = ${rowValue(writer, "delta", `other${j}`)};`,
    ]),
    slopesText(writer, (j) => j),
    weightsText(writer, "ds"),
    applyText(writer, "x", ["q", metQueries], "params.width"),
    weightsText(writer, "p"),
    applyText(writer, "y", ["upper", metQueries], "params.depth"),
    "}",
    storeText(
      writer,
      { rows: "params.keys", width: "params.width", start: wgsl`(${token}) * params.width` },
      (row, q) => `x${row}_${q}`,
    ),
    storeText(
      writer,
      { rows: "params.keys", width: "params.depth", start: wgsl`params.values + (${token}) * params.depth` },
      (row, q) => `y${row}_${q}`,
    ),
  )

/** The gradients in k and v: both are sums over the same scores. */
export const workgroupKeys = tiled({
  products: ({ shape: { batch, heads, queries, keys, width, depth } }) => ({
    heads: batch * heads,
    rows: keys,
    others: queries,
    width: Math.max(width, depth),
    results: 2,
    scored: [width, depth],
  }),
  main: keysMain,
  params: (problem) => {
    const { batch, heads, keys, width } = problem.shape
    return { values: batch * keys * heads * width, ...operandParams(problem, operandNames) }
  },
})
