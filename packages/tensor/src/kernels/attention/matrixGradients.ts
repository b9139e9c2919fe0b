import { statement, wgsl, type Part, type Wgsl } from "../../codegen/expression.ts"
import type { AttentionShape } from "../../ops/attentionShape.ts"
import { lines } from "../emit/operand.ts"
import { usefulParts } from "../tiles/parts.ts"
import { hiddenOf, onMatrices, scoreScale, type MatrixPass } from "./matrix.ts"
import { applyText, declareSums, storeText, weightText } from "./matrixResults.ts"
import { type MatrixWriter } from "./matrixRows.ts"
import { keepText, otherOf, placeText, scoreQuad, scoreQuads, scoresText, walkText } from "./matrixScores.ts"
import { matrixBlockCount, tokenInvocations, type MatrixTokens } from "./matrixTile.ts"
import { operandNames, operandParams, type AttentionProblem } from "./problem.ts"
import { startsText } from "./workgroupText.ts"
import { keyRows, metKeys, metQueries, queryRows } from "./workgroupVisible.ts"

/** What probabilities are multiplied by on their way into f16: they exceed 1 by rounding at most, and f16 holds up to 2¹⁶. */
const weightScale = 2 ** 14

const log2e = wgsl`1.4426950408889634f`

const loadOf = ({ problem }: MatrixWriter, name: "sums" | "delta", query: Part): Wgsl =>
  wgsl`${problem.operands[operandNames.indexOf(name)]!.load}(${name}_start + ${query} * params.${name}_t)`

/** Largest exponent of a scaled operand's elements: one stored in f16 is not scaled. */
const exponentOf = ({ operands }: AttentionProblem, name: "v" | "upper"): number =>
  operands[operandNames.indexOf(name)]!.base.dtype === "f32" ? 15 : 16

/** Largest value of dO·v as the matrices give it. */
const boundOf = ({ problem }: MatrixWriter): Wgsl =>
  wgsl`f32(params.depth) * ${2 ** (exponentOf(problem, "v") + exponentOf(problem, "upper"))}.0f`

/**
 * p and ds of all scores that an invocation folds, hidden ones 0. δ is in the units of the products; `slope_scale` brings the
 * largest possible ds to f16's range.
 */
const slopesText = (writer: MatrixWriter, logSum: (q: number) => Wgsl, delta: (q: number) => Wgsl): readonly string[] =>
  scoreQuads(writer).flatMap((q) => [
    statement`let hidden${q} = ${hiddenOf(otherOf(writer, q))};`,
    statement`let p${q} = select(exp2(${scoreQuad(writer, 0, q)} * score_scale - ${logSum(q)}), vec4<f32>(), hidden${q});`,
    // What is hidden may be anything: times 0 it would not be sure to be 0.
    statement`let ds${q} = select(p${q} * (${scoreQuad(writer, 1, q)} - ${delta(q)}) * slope_scale, vec4<f32>(), hidden${q});`,
  ])

const unscaled = (sum: Wgsl, other: "k" | "q"): Wgsl =>
  wgsl`${sum} * slope_unscale * upper_unscale * v_unscale * ${other}_unscale * scale`

const queriesMain = (writer: MatrixWriter): string =>
  lines(
    placeText(writer),
    startsText(operandNames),
    scoreScale,
    "let since = 0u;",
    "let span = select(params.keys, min(params.keys, row + 1u), params.causal == 1u);",
    statement`let end = select(params.keys, min(params.keys, first_row + ${writer.choice.rows}u), params.causal == 1u);`,
    "let query = min(row, params.queries - 1u);",
    statement`let log_sum = ${loadOf(writer, "sums", "query")} * ${log2e};`,
    statement`let delta = ${loadOf(writer, "delta", "query")} * upper_scale * v_scale;`,
    // Rows are summed by themselves, so each may have a factor of its own.
    statement`let slope_scale = scale_for(${boundOf(writer)} + abs(delta));`,
    "let slope_unscale = 1.0f / slope_scale;",
    declareSums(writer, "o", "k"),
    keepText(writer),
    walkText(writer, { begin: "0u" }, [
      ...scoresText(writer, 0, "q", "k"),
      ...scoresText(writer, 1, "upper", "v"),
      "workgroupBarrier();",
      ...slopesText(
        writer,
        () => wgsl`log_sum`,
        () => wgsl`delta`,
      ),
      ...scoreQuads(writer).map((q) => weightText(writer, q, `ds${q}`)),
      "workgroupBarrier();",
      ...applyText(writer, "o", "k"),
    ]),
    storeText(writer, "o", "k", {
      start: wgsl`((b * params.queries + row) * params.heads + h) * params.width`,
      value: (sum) => unscaled(sum, "k"),
    }),
  )

const shape = ({ shape: { batch, heads, queries, keys, width, depth } }: AttentionProblem) => ({
  heads: batch * heads,
  queries,
  keys,
  scored: [width, depth],
  operands: 2 as const,
})

const queries: MatrixPass = {
  products: (problem) => {
    const { queries, keys, ...more } = shape(problem)
    return { rows: queries, others: keys, width: problem.shape.width, results: 1, ...more }
  },
  operands: { own: ["q", "upper"], met: ["k", "v"], ownTokens: queryRows, metTokens: metKeys },
  main: queriesMain,
  params: (problem) => operandParams(problem, operandNames),
}

// Sums and deltas of the queries at hand, and the largest delta of all that the workgroup meets.
const declareQueries = ({ choice }: MatrixWriter): readonly string[] => [
  statement`var<workgroup> log_sums: array<f32, ${choice.others}>;`,
  statement`var<workgroup> deltas: array<f32, ${choice.others}>;`,
  "var<workgroup> largest: atomic<u32>;",
]

/** Magnitudes are ordered as their bits are: the largest one is the same in whatever order they come. */
const largestDelta = (writer: MatrixWriter): readonly string[] => [
  "var most = 0u;",
  statement`for (var i = begin + lane; i < end; i += ${tokenInvocations(writer.choice, writer.subgroupSize)}u) {`,
  statement`most = max(most, bitcast<u32>(abs(${loadOf(writer, "delta", "i")})));`,
  "}",
  "atomicMax(&largest, most);",
  "workgroupBarrier();",
  "let delta_bound = bitcast<f32>(atomicLoad(&largest)) * upper_scale * v_scale;",
  statement`let slope_scale = scale_for(${boundOf(writer)} + delta_bound);`,
  "let slope_unscale = 1.0f / slope_scale;",
]

const loadQueries = (writer: MatrixWriter): readonly string[] => [
  statement`for (var i = lane; i < ${writer.choice.others}u; i += ${tokenInvocations(writer.choice, writer.subgroupSize)}u) {`,
  "let query = min(first + i, params.queries - 1u);",
  statement`log_sums[i] = ${loadOf(writer, "sums", "query")} * ${log2e};`,
  statement`deltas[i] = ${loadOf(writer, "delta", "query")} * upper_scale * v_scale;`,
  "}",
]

// Where blocks are fetched ahead, an invocation holds a query of the next one, if there are as many.
const queriesAhead = (
  writer: MatrixWriter,
): { readonly fetch: readonly string[]; readonly fill: readonly string[] } => {
  const { others } = writer.choice
  if (others > tokenInvocations(writer.choice, writer.subgroupSize))
    return { fetch: [], fill: ["let first = next;", ...loadQueries(writer)] }
  return {
    fetch: [
      statement`let query = min(next + lane, params.queries - 1u);`,
      statement`next_sum = ${loadOf(writer, "sums", "query")};`,
      statement`next_delta = ${loadOf(writer, "delta", "query")};`,
    ],
    fill: [
      statement`if (lane < ${others}u) {`,
      statement`log_sums[lane] = next_sum * ${log2e};`,
      "deltas[lane] = next_delta * upper_scale * v_scale;",
      "}",
    ],
  }
}

const probabilities = (writer: MatrixWriter): readonly string[] =>
  scoreQuads(writer).map((q) => weightText(writer, q, wgsl`p${q} * ${weightScale}.0f`, 1))

const heldQuad = (name: string, column: Wgsl): Wgsl =>
  wgsl`vec4<f32>(${name}[${column}], ${name}[${column} + 1u], ${name}[${column} + 2u], ${name}[${column} + 3u])`

const token = wgsl`(b * params.keys + row) * params.heads + h`

// Rows are keys here, and the walk is over the queries that see them.
const keysMain = (writer: MatrixWriter): string =>
  lines(
    placeText(writer),
    startsText(operandNames),
    scoreScale,
    "let since = select(0u, min(params.queries, row), params.causal == 1u);",
    "let span = params.queries - since;",
    statement`let unseen = select(0u, first_row / ${writer.choice.others}u * ${writer.choice.others}u, params.causal == 1u);`,
    "let begin = max(share * params.stretch, unseen);",
    "let end = min((share + 1u) * params.stretch, params.queries);",
    largestDelta(writer),
    declareSums(writer, "x", "q"),
    declareSums(writer, "y", "upper"),
    keepText(writer),
    "var next_sum = 0.0f;",
    "var next_delta = 0.0f;",
    walkText(writer, { begin: "begin", bring: loadQueries(writer), ...queriesAhead(writer) }, [
      ...scoresText(writer, 0, "k", "q"),
      ...scoresText(writer, 1, "v", "upper"),
      "workgroupBarrier();",
      ...slopesText(
        writer,
        (q) => heldQuad("log_sums", otherOf(writer, q)),
        (q) => heldQuad("deltas", otherOf(writer, q)),
      ),
      ...scoreQuads(writer).map((q) => weightText(writer, q, `ds${q}`)),
      ...(writer.weightPlaces === 2 ? probabilities(writer) : []),
      "workgroupBarrier();",
      ...applyText(writer, "x", "q"),
      ...(writer.weightPlaces === 2 ? [] : [...probabilities(writer), "workgroupBarrier();"]),
      ...applyText(writer, "y", "upper", 1),
    ]),
    storeText(writer, "x", "q", {
      start: wgsl`share * params.size + (${token}) * params.width`,
      value: (sum) => unscaled(sum, "q"),
    }),
    storeText(writer, "y", "upper", {
      start: wgsl`share * params.size + params.rest + (${token}) * params.depth`,
      value: (sum) => wgsl`${sum} * upper_unscale * ${1 / weightScale}f`,
    }),
  )

/** Queries of a share: whole blocks, so that no two shares meet in one. */
const stretchOf = (queries: number, { parts, others }: MatrixTokens): number =>
  Math.ceil(queries / parts / others) * others

const resultSize = ({ batch, heads, keys, width, depth }: AttentionShape): number =>
  batch * keys * heads * (width + depth)

const keys: MatrixPass = {
  products: (problem) => {
    const { queries, keys, ...more } = shape(problem)
    const width = Math.max(problem.shape.width, problem.shape.depth)
    return { rows: keys, others: queries, width, results: 2, ...more }
  },
  operands: { own: ["k", "v"], met: ["q", "upper"], ownTokens: keyRows, metTokens: metQueries },
  main: keysMain,
  declare: declareQueries,
  parts: (problem, choice, facts) =>
    usefulParts(
      { rows: resultSize(problem.shape), columns: 1, products: 1, depth: problem.shape.queries },
      { least: 1, tiles: matrixBlockCount(keys.products(problem), choice) },
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

/** The gradient in q by matrix units, on operands rounded to f16 or split into two f16 each. */
export const matrixHalfQueries = onMatrices(queries, "matrixHalf", "f16")
export const matrixSplitQueries = onMatrices(queries, "matrixSplit", "split")

/** The gradients in k and v. */
export const matrixHalfKeys = onMatrices(keys, "matrixHalf", "f16")
export const matrixSplitKeys = onMatrices(keys, "matrixSplit", "split")
