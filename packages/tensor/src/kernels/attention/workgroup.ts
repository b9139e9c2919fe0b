import { statement, wgsl, type Part, type Wgsl } from "../../codegen/expression.ts"
import { attentionPacking } from "../../ops/attentionShape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { lines, range } from "../emit/operand.ts"
import { finishFunction, labelOf } from "../emit/tail.ts"
import type { Way } from "../way/way.ts"
import { extentParams, floatParam, operandParams, type AttentionProblem } from "./problem.ts"
import {
  applyText,
  declarations,
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
import { hidden, metKeys, otherPositions, queryRows, rowsOf, visibleKeys, walk } from "./workgroupVisible.ts"
import {
  blockCount,
  fittingTokens,
  layoutOf,
  tokenSeconds,
  type SharedTokens,
  type TokenProducts,
} from "./workgroupTile.ts"

/** What differs between the passes. */
interface Pass {
  readonly products: (problem: AttentionProblem) => TokenProducts
  readonly main: (writer: Writer) => string
  readonly params: (problem: AttentionProblem, items: number) => Readonly<Record<string, number>>
}

/**
 * Attention by tiles in workgroup memory, what GPUs want: scores of a block of tokens with another are products of tiles, and
 * the weights made of them are multiplied from the memory. Operands are strided views on buffers of any element type.
 */
export const tiled = ({ products, main, params }: Pass): Way<AttentionProblem, SharedTokens> => ({
  name: "workgroup",
  needs: ({ workgroupMemory = 0 }) => workgroupMemory > 0,
  takes: () => true,
  numerics: () => "f32",
  candidates: (problem, facts) => {
    const { width, results } = products(problem)
    return fittingTokens(width, results, facts)
  },
  cost: (problem, choice, model) => tokenSeconds(products(problem), choice, model),
  write: (problem, choice, { group, bindings }) => {
    const writer = { problem, choice }
    const { invocations } = layoutOf(choice)
    const workgroups = blockCount(products(problem), choice)
    const { code, functions } = finishFunction(group, bindings)
    return [
      assembleKernel({
        label: labelOf(group),
        family: group.anchor!.op.name,
        bindings: bindings.entries,
        params: {
          ...extentParams(problem.shape, problem.attributes),
          scale: floatParam(problem.attributes.scale),
          ...params(problem, workgroups * invocations),
        },
        functions: [...functions, ...declarations(writer)],
        code,
        // The views leave no room for lifted numbers among the parameters.
        elements: Infinity,
        workgroupSize: invocations,
        main: main(writer),
        workgroups,
      }),
    ]
  },
})

/** `into` = all neighbours' `tile` vectors of quad h, folded in order. */
const foldText = ({ choice }: Writer, h: number, into: string, fold: (value: Wgsl) => Wgsl): readonly string[] => {
  const { invocations, otherQuads } = layoutOf(choice)
  const value = wgsl`tile[${h * invocations}u + own_row * ${otherQuads}u + i]`
  return [statement`for (var i = 0u; i < ${otherQuads}u; i++) { ${into} = ${fold(value)}; }`]
}

const shareText = ({ choice }: Writer, h: number, value: Part): string =>
  statement`tile[${h * layoutOf(choice).invocations}u + lane] = ${value};`

const softmaxText = (writer: Writer): readonly string[] => [
  ...rowQuads(writer).flatMap((h) => [
    ...range(4).map((j) => statement`s${j}_${h} = select(s${j}_${h} * scale, vec4<f32>(-3.4e38f), ${hidden(j, h)});`),
    shareText(writer, h, wgsl`max(max(s0_${h}, s1_${h}), max(s2_${h}, s3_${h}))`),
  ]),
  "workgroupBarrier();",
  ...rowQuads(writer).flatMap((h) => [
    statement`var next${h} = most${h};`,
    ...foldText(writer, h, `next${h}`, (value) => wgsl`max(next${h}, ${value})`),
    statement`let shrink${h} = exp(most${h} - next${h});`,
    statement`most${h} = next${h};`,
    ...range(4).map((j) => statement`s${j}_${h} = select(exp(s${j}_${h} - next${h}), vec4<f32>(), ${hidden(j, h)});`),
    statement`total${h} = total${h} * shrink${h} + (s0_${h} + s1_${h}) + (s2_${h} + s3_${h});`,
  ]),
]

const shrinkText = (writer: Writer, sums: string): readonly string[] =>
  range(writer.choice.held).flatMap((row) =>
    range(writer.choice.columns / writer.choice.others).map(
      (q) => statement`${sums}${row}_${q} *= shrink${row >> 2}.${"xyzw"[row & 3]!};`,
    ),
  )

const totalsText = (writer: Writer): readonly string[] => [
  ...rowQuads(writer).map((h) => shareText(writer, h, `total${h}`)),
  "workgroupBarrier();",
  ...rowQuads(writer).flatMap((h) => [
    statement`var sum${h} = vec4<f32>();`,
    ...foldText(writer, h, `sum${h}`, (value) => wgsl`sum${h} + ${value}`),
    // A row whose scores are all -∞ sums to nothing: it comes out as zeros, with a finite logarithm.
    statement`sum${h} = select(sum${h}, vec4<f32>(1.0f), sum${h} == vec4<f32>());`,
  ]),
]

// Rows of sums are padded to a multiple of four by zeros; some tile holds them, since its rows are one, too.
const storeLogSums = (writer: Writer): readonly string[] => [
  "if (first_column > 0u || own_other > 0u) { return; }",
  ...rowQuads(writer).flatMap((h) => [
    statement`let logs${h} = select(vec4<f32>(), most${h} + log(sum${h}), ${rowsOf(writer, h)} < vec4<u32>(params.queries));`,
    statement`if (${rowOf(writer, h)} < params.sums) { store_quad(params.values + head * params.sums + ${rowOf(writer, h)}, 4u, logs${h}); }`,
  ]),
]

const forwardMain = (writer: Writer): string =>
  lines(
    // Zeros fill what is left of the last row of the packed result.
    statement`let item = group * ${layoutOf(writer.choice).invocations}u + lane;`,
    "for (var i = params.used + item; i < params.total; i += params.items) { store_out(i, finish(i, 0.0f)); }",
    placeText(writer, "params.queries", "params.depth"),
    startsText(["q", "k", "v"]),
    visibleKeys(writer),
    rowQuads(writer).flatMap((h) => [
      statement`var most${h} = vec4<f32>(-3.4e38f);`,
      statement`var total${h} = vec4<f32>();`,
    ]),
    declareSums(writer, "o"),
    statement`for (var first = 0u; ${walk(writer)}) {`,
    scoresText(writer, "s", ["q", queryRows], ["k", metKeys], "params.width"),
    otherPositions,
    softmaxText(writer),
    shrinkText(writer, "o"),
    weightsText(writer, "s"),
    // The maxima lie where the values go next.
    "workgroupBarrier();",
    applyText(writer, "o", ["v", metKeys], "params.depth"),
    "}",
    totalsText(writer),
    storeText(
      writer,
      {
        rows: "params.queries",
        width: "params.depth",
        start: wgsl`((b * params.queries + row) * params.heads + h) * params.depth`,
      },
      (row, q) => wgsl`o${row}_${q} / sum${row >> 2}.${"xyzw"[row & 3]!}`,
    ),
    storeLogSums(writer),
  )

export const workgroup = tiled({
  products: ({ shape: { batch, heads, queries, keys, width, depth } }) => ({
    heads: batch * heads,
    rows: queries,
    others: keys,
    width: depth,
    results: 1,
    scored: [width],
  }),
  main: forwardMain,
  params: (problem, items) => ({
    ...attentionPacking(problem.shape),
    items,
    ...operandParams(problem, ["q", "k", "v"]),
  }),
})
