import { statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import { attentionPacking } from "../../ops/attentionShape.ts"
import { lines } from "../emit/operand.ts"
import { hiddenOf, onMatrices, scoreScale, type MatrixPass } from "./matrix.ts"
import { applyText, declareSums, rescaleText, storeText, weightText } from "./matrixResults.ts"
import { type MatrixWriter } from "./matrixRows.ts"
import { acrossRow, keepText, otherOf, placeText, scoreQuad, scoreQuads, scoresText, walkText } from "./matrixScores.ts"
import { tokenInvocations } from "./matrixTile.ts"
import { operandParams } from "./problem.ts"
import { startsText } from "./workgroupText.ts"
import { metKeys, queryRows } from "./workgroupVisible.ts"

/** Weights are powers of two of scores beside a reference, which moves when a score exceeds it by this: so seldom, if ever again. */
const slack = 8

/** What weights, at most 2^slack, are multiplied by: f16 holds up to 2¹⁶. */
const weightScale = 2 ** 7

const components = [..."xyzw"]

const overQuads = (writer: MatrixWriter, fold: (a: Wgsl, b: Wgsl) => Wgsl): Wgsl =>
  scoreQuads(writer)
    .flatMap((q) => components.map((c) => wgsl`z${q}.${c}`))
    .reduce((a, b) => fold(a, b))

const softmaxText = (writer: MatrixWriter): readonly string[] => [
  ...scoreQuads(writer).flatMap((q) => [
    statement`let hidden${q} = ${hiddenOf(otherOf(writer, q))};`,
    statement`var z${q} = select(${scoreQuad(writer, 0, q)} * score_scale, vec4<f32>(-3.4e38f), hidden${q});`,
  ]),
  statement`var top = ${overQuads(writer, (a, b) => wgsl`max(${a}, ${b})`)};`,
  ...acrossRow(writer, "top", (a, b) => wgsl`max(${a}, ${b})`),
  "var shrink = 1.0f;",
  statement`if (top > most + ${slack}.0f) {`,
  // The first reference shrinks nothing: there are no sums before it.
  "if (most > -3.3e38f) { shrink = exp2(most - top); grown = 1u; }",
  "most = top;",
  "}",
  "total *= shrink;",
  ...scoreQuads(writer).flatMap((q) => [
    statement`z${q} = select(exp2(z${q} - most), vec4<f32>(), hidden${q});`,
    weightText(writer, q, wgsl`z${q} * ${weightScale}.0f`),
  ]),
  statement`total += ${overQuads(writer, (a, b) => wgsl`${a} + ${b}`)};`,
]

const ungrown = "if (lane == 0u) { grown = 0u; }"

const storeLogSums = [
  statement`let logs = select(0.0f, (most + log2(total)) * 0.6931471805599453f, row < params.queries);`,
  "let logs_at = params.values + head * params.sums + row;",
  // Rows of sums are padded to a multiple of four by zeros; some tile holds them, since its rows are one, too.
  "if (slot == 0u && row < params.sums) { store_out(logs_at, finish(logs_at, logs)); }",
]

const main = (writer: MatrixWriter): string =>
  lines(
    // Zeros fill what is left of the last row of the packed result.
    statement`let item = group * ${tokenInvocations(writer.choice, writer.subgroupSize)}u + lane;`,
    "for (var i = params.used + item; i < params.total; i += params.items) { store_out(i, finish(i, 0.0f)); }",
    placeText(writer),
    startsText(["q", "k", "v"]),
    scoreScale,
    "let since = 0u;",
    "let span = select(params.keys, min(params.keys, row + 1u), params.causal == 1u);",
    statement`let end = select(params.keys, min(params.keys, first_row + ${writer.choice.rows}u), params.causal == 1u);`,
    "var most = -3.4e38f;",
    "var total = 0.0f;",
    declareSums(writer, "o", "v"),
    keepText(writer),
    walkText(writer, { begin: "0u", bring: [ungrown], fill: [ungrown] }, [
      ...scoresText(writer, 0, "q", "k"),
      "workgroupBarrier();",
      ...softmaxText(writer),
      "if (workgroupUniformLoad(&grown) != 0u) {",
      ...rescaleText(writer, "o", "v", "shrink"),
      "}",
      ...applyText(writer, "o", "v"),
    ]),
    acrossRow(writer, "total", (a, b) => wgsl`${a} + ${b}`),
    // A row whose scores are all -∞ sums to nothing: it comes out as zeros, with a finite logarithm.
    "total = select(total, 1.0f, total == 0.0f);",
    storeLogSums,
    statement`let factor = v_unscale / (total * ${weightScale}.0f);`,
    storeText(writer, "o", "v", {
      start: wgsl`((b * params.queries + row) * params.heads + h) * params.depth`,
      value: (sum) => wgsl`${sum} * factor`,
    }),
  )

const pass: MatrixPass = {
  products: ({ shape: { batch, heads, queries, keys, width, depth } }) => ({
    heads: batch * heads,
    rows: queries,
    others: keys,
    width: depth,
    results: 1,
    scored: [width],
    operands: 1,
  }),
  operands: { own: ["q"], met: ["k", "v"], ownTokens: queryRows, metTokens: metKeys },
  main,
  params: (problem, _choice, items) => ({
    ...attentionPacking(problem.shape),
    items,
    ...operandParams(problem, ["q", "k", "v"]),
  }),
}

/** Attention by matrix units on operands scaled and rounded to f16. */
export const matrixHalf = onMatrices(pass, "matrixHalf", "f16")

/** Attention by matrix units on f32 operands split into two f16 each. */
export const matrixSplit = onMatrices(pass, "matrixSplit", "split")
