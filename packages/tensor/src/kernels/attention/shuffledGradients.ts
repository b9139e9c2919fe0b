import { statement, wgsl, type Part, type Wgsl } from "../../codegen/expression.ts"
import type { AttentionShape } from "../../ops/attentionShape.ts"
import { lines } from "../emit/operand.ts"
import { usefulParts } from "../tiles/parts.ts"
import { operandNames, operandParams, type AttentionProblem } from "./problem.ts"
import { hidden, onNeighbours, visibleKeys, walk, type ShuffledPass } from "./shuffled.ts"
import {
  aheadText,
  applyText,
  bringText,
  declareSums,
  keepText,
  meetText,
  others,
  placeText,
  rows,
  scoresText,
  startsText,
  storeText,
  type ShuffledWriter,
} from "./shuffledText.ts"
import { shuffledBlocks, type ShuffledTokens } from "./shuffledTile.ts"
import { keyRows, metKeys, metQueries, queryRows } from "./workgroupVisible.ts"

/** p and ds of all scores in their places, hidden ones 0; the log-sum and delta that belong to a score are named by `of`. */
const slopesText = (writer: ShuffledWriter, of: (i: number, j: number) => number): readonly string[] =>
  rows(writer).flatMap((i) =>
    others(writer).flatMap((j) => [
      statement`s${i}_${j} = select(exp(s${i}_${j} * scale - log_sum${of(i, j)}), 0.0f, ${hidden(writer, i, j)});`,
      statement`g${i}_${j} = s${i}_${j} * (g${i}_${j} - delta${of(i, j)}) * scale;`,
    ]),
  )

const rowValue = ({ problem }: ShuffledWriter, name: "sums" | "delta", query: Part): Wgsl =>
  wgsl`${problem.operands[operandNames.indexOf(name)]!.load}(${name}_start + min(${query}, params.queries - 1u) * params.${name}_t)`

const queriesMain = (writer: ShuffledWriter): string =>
  lines(
    placeText(writer),
    startsText(operandNames),
    visibleKeys(writer),
    rows(writer).flatMap((i) => [
      statement`let log_sum${i} = ${rowValue(writer, "sums", wgsl`first_row + own_row + ${i}u`)};`,
      statement`let delta${i} = ${rowValue(writer, "delta", wgsl`first_row + own_row + ${i}u`)};`,
    ]),
    declareSums(writer, "o"),
    keepText(writer),
    aheadText(writer, "0u"),
    statement`for (var first = 0u; ${walk(writer)}) {`,
    meetText(writer),
    bringText(writer, "v"),
    scoresText(writer, "g", "upper", "v"),
    bringText(writer, "k"),
    scoresText(writer, "s", "q", "k"),
    slopesText(writer, (i) => i),
    applyText(writer, "o", "g", "k"),
    "}",
    storeText(
      writer,
      "params.width",
      wgsl`((b * params.queries + row) * params.heads + h) * params.width`,
      (row, q) => `o${row}_${q}`,
    ),
  )

const queries: ShuffledPass = {
  products: ({ shape: { batch, heads, queries, keys, width, depth } }) => ({
    heads: batch * heads,
    rows: queries,
    others: keys,
    width,
    results: 1,
    scored: [width, depth],
    own: 2,
  }),
  operands: { own: ["q", "upper"], met: ["k", "v"], ownTokens: queryRows, metTokens: metKeys },
  main: queriesMain,
  params: (problem) => operandParams(problem, operandNames),
}

const token = wgsl`(b * params.keys + row) * params.heads + h`

/** Which queries see keys: all, or those from themselves on; of these a share. */
const visibleQueries = (writer: ShuffledWriter): readonly string[] => [
  ...rows(writer).flatMap((i) => [
    statement`let since${i} = select(0u, min(params.queries, first_row + own_row + ${i}u), params.causal == 1u);`,
    statement`let span${i} = params.queries - since${i};`,
  ]),
  statement`let unseen = select(0u, first_row / ${writer.choice.others}u * ${writer.choice.others}u, params.causal == 1u);`,
  "let begin = max(share * params.stretch, unseen);",
  "let end = min((share + 1u) * params.stretch, params.queries);",
]

// Rows are keys here, and the walk is over the queries that see them.
const keysMain = (writer: ShuffledWriter): string =>
  lines(
    placeText(writer),
    startsText(operandNames),
    visibleQueries(writer),
    declareSums(writer, "x"),
    declareSums(writer, "y"),
    keepText(writer),
    aheadText(writer, "begin"),
    statement`for (var first = begin; ${walk(writer)}) {`,
    others(writer).flatMap((j) => {
      const query = wgsl`first + slot + ${j * writer.choice.across}u`
      return [
        statement`let log_sum${j} = ${rowValue(writer, "sums", query)};`,
        statement`let delta${j} = ${rowValue(writer, "delta", query)};`,
      ]
    }),
    meetText(writer),
    bringText(writer, "q"),
    scoresText(writer, "s", "k", "q"),
    bringText(writer, "upper"),
    scoresText(writer, "g", "v", "upper"),
    slopesText(writer, (_i, j) => j),
    applyText(writer, "y", "s", "upper"),
    bringText(writer, "q"),
    applyText(writer, "x", "g", "q"),
    "}",
    storeText(
      writer,
      "params.width",
      wgsl`share * params.size + (${token}) * params.width`,
      (row, q) => `x${row}_${q}`,
    ),
    storeText(
      writer,
      "params.depth",
      wgsl`share * params.size + params.rest + (${token}) * params.depth`,
      (row, q) => `y${row}_${q}`,
    ),
  )

/** Queries of a share: whole blocks, so that no two shares meet in one. */
const stretchOf = (queries: number, { parts, others }: ShuffledTokens): number =>
  Math.ceil(queries / parts / others) * others

const resultSize = ({ batch, heads, keys, width, depth }: AttentionShape): number =>
  batch * keys * heads * (width + depth)

const keyProducts = ({ shape: { batch, heads, queries, keys, width, depth } }: AttentionProblem) =>
  ({
    heads: batch * heads,
    rows: keys,
    others: queries,
    width: Math.max(width, depth),
    results: 2,
    scored: [width, depth],
    own: 2,
  }) as const

const keys: ShuffledPass = {
  products: keyProducts,
  operands: { own: ["k", "v"], met: ["q", "upper"], ownTokens: keyRows, metTokens: metQueries },
  main: keysMain,
  parts: (problem, choice, facts) =>
    usefulParts(
      { rows: resultSize(problem.shape), columns: 1, products: 1, depth: problem.shape.queries },
      { least: 1, tiles: shuffledBlocks(keyProducts(problem), choice) },
      facts,
    ),
  params: (problem, choice) => {
    const { batch, heads, keys, width, queries } = problem.shape
    return {
      rest: batch * keys * heads * width,
      size: resultSize(problem.shape),
      stretch: stretchOf(queries, choice),
      ...operandParams(problem, operandNames),
    }
  },
}

/** The gradient in q: probabilities are recomputed from the rows' sums. */
export const shuffledQueries = onNeighbours(queries)

/** The gradients in k and v: both are sums over the same scores. */
export const shuffledKeys = onNeighbours(keys)
