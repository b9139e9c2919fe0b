import { statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import { sizeOf } from "../../shape/shape.ts"
import { attentionPacking } from "../../ops/attentionShape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { bindingFor, type Kernel } from "../dispatch/kernel.ts"
import { lines, range } from "../emit/operand.ts"
import { finishFunction, labelOf } from "../emit/tail.ts"
import { vectorReads, withVectors, type Reading } from "../emit/vectorReads.ts"
import { subgroupDirectives } from "../tiles/laneTile.ts"
import { joinKernel, joinSeconds, operandEntries, readingSite, sumsOf } from "../tiles/parts.ts"
import type { Products } from "../tiles/workgroupTile.ts"
import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import type { Site, Way } from "../way/way.ts"
import {
  attentionProblem,
  extentParams,
  floatParam,
  operandNames,
  operandParams,
  type AttentionProblem,
} from "./problem.ts"
import {
  acrossText,
  aheadText,
  applyText,
  bringText,
  declarations,
  declareSums,
  keepText,
  meetText,
  others,
  placeText,
  rows,
  scoresText,
  shrinkText,
  startsText,
  storeText,
  type Passed,
  type ShuffledWriter,
} from "./shuffledText.ts"
import {
  fittingShuffled,
  shuffledBlocks,
  shuffledInvocations,
  shuffledSeconds,
  type ShuffledProducts,
  type ShuffledTokens,
} from "./shuffledTile.ts"
import { storeQuad, storeSums } from "./workgroupText.ts"
import { metKeys, queryRows } from "./workgroupVisible.ts"

/** What differs between the passes. */
export interface ShuffledPass {
  readonly products: (problem: AttentionProblem) => ShuffledProducts
  readonly operands: Pick<ShuffledWriter, "own" | "met" | "ownTokens" | "metTokens">
  readonly main: (writer: ShuffledWriter) => string
  readonly params: (
    problem: AttentionProblem,
    choice: ShuffledTokens,
    items: number,
  ) => Readonly<Record<string, number>>
  /** In how many parts the others may be met: 1, and more where few own tokens leave an adapter idle. */
  readonly parts?: (problem: AttentionProblem, choice: ShuffledTokens, facts: KernelFacts) => readonly number[]
}

const passed: readonly Passed[] = ["q", "k", "v", "upper"]

/** What passes the memory is read row by row, all else element by element. */
const readingsOf = ({ operands: { own, met } }: ShuffledPass, { operands }: AttentionProblem): readonly Reading[] =>
  operands.map((operand, i) => [
    operand,
    passed.some((name) => operandNames[i] === name && [...own, ...met].includes(name)) ? 3 : null,
  ])

/** All of a result as one column, which is how parts of it are added. */
const columnOf = ({ group }: Site): Products => ({
  rows: sizeOf(group.anchor!.shape),
  columns: 1,
  depth: 0,
  products: 1,
})

const passKernel = (pass: ShuffledPass, problem: AttentionProblem, choice: ShuffledTokens, site: Site): Kernel => {
  const { group, bindings, facts } = site
  const isWhole = choice.parts === 1
  const workgroups = shuffledBlocks(pass.products(problem), choice)
  const { code, functions } = isWhole ? finishFunction(group, bindings) : { code: "", functions: [] }
  const sums = sumsOf(columnOf(site), choice)
  const vectors = vectorReads(readingsOf(pass, problem), code)
  const writer = { problem, choice, subgroupSize: facts.subgroupSize, vectors, ...pass.operands }
  const entries = isWhole
    ? bindings.entries
    : [...operandEntries(problem.operands, site), { buffer: sums, binding: bindingFor(sums, "sums", "write", facts) }]
  return assembleKernel({
    label: isWhole ? labelOf(group) : `${labelOf(group)} (parts)`,
    family: group.anchor!.op.name,
    bindings: withVectors(entries, vectors),
    directives: subgroupDirectives,
    params: {
      ...extentParams(problem.shape, problem.attributes),
      scale: floatParam(problem.attributes.scale),
      parts: choice.parts,
      ...pass.params(problem, choice, workgroups * shuffledInvocations(choice)),
    },
    functions: [...functions, isWhole ? storeQuad : storeSums, ...declarations(writer)],
    code,
    // The views leave no room for lifted numbers among the parameters.
    elements: Infinity,
    workgroupSize: shuffledInvocations(choice),
    main: pass.main(writer),
    workgroups,
  })
}

const isInVectors = ({ shape: { width, depth } }: AttentionProblem): boolean => width % 4 === 0 && depth % 4 === 0

/**
 * Attention by multiply-adds where neighbours of a subgroup share rows: their own tokens stay in workgroup memory, others pass it a
 * block at a time, scores stay in registers, and weights reach those who multiply by them through shuffles.
 */
export const onNeighbours = (pass: ShuffledPass): Way<AttentionProblem, ShuffledTokens> => ({
  name: "shuffled",
  needs: ({ subgroupSize, isSoftware = false }) => subgroupSize >= 8 && !isSoftware,
  takes: isInVectors,
  numerics: () => "f32",
  candidates: (problem, facts) =>
    fittingShuffled(pass.products(problem), facts).flatMap((choice) =>
      (pass.parts?.(problem, choice, facts) ?? [1]).map((parts) => ({ ...choice, parts })),
    ),
  cost: (problem, choice, model) => {
    const { batch, heads, keys, width, depth } = problem.shape
    const size = { rows: batch * heads * keys * (width + depth), columns: 1, depth: 0, products: 1 }
    const joined = choice.parts === 1 ? 0 : joinSeconds(size, { parts: choice.parts, depth: 1 }, model)
    return shuffledSeconds(pass.products(problem), choice, model) + joined
  },
  write: (problem, choice, site) => {
    if (choice.parts === 1) return [passKernel(pass, problem, choice, site)]
    const reading = readingSite(site)
    return [
      passKernel(pass, attentionProblem(reading), choice, reading),
      joinKernel(site.group.anchor!.op.name, columnOf(site), { parts: choice.parts, depth: 1 }, site),
    ]
  },
})

/** Whether row i does not see other j: each sees `span` others, those from `since` on. */
export const hidden = ({ choice }: ShuffledWriter, i: number, j: number): Wgsl =>
  wgsl`first + slot + ${j * choice.across}u - since${i} >= span${i}`

/** Which keys queries see: all, or those up to themselves. */
export const visibleKeys = (writer: ShuffledWriter): readonly string[] => [
  ...rows(writer).flatMap((i) => [
    statement`let since${i} = 0u;`,
    statement`let span${i} = select(params.keys, min(params.keys, first_row + own_row + ${i + 1}u), params.causal == 1u);`,
  ]),
  statement`let end = select(params.keys, min(params.keys, first_row + ${writer.choice.rows}u), params.causal == 1u);`,
]

export const walk = ({ choice }: ShuffledWriter): string => statement`first < end; first += ${choice.others}u`

const softmaxText = (writer: ShuffledWriter): readonly string[] =>
  rows(writer).flatMap((i) => [
    ...others(writer).map(
      (j) => statement`s${i}_${j} = select(s${i}_${j} * scale, -3.4e38f, ${hidden(writer, i, j)});`,
    ),
    statement`var next${i} = ${others(writer)
      .slice(1)
      .reduce<Wgsl>((most, j) => wgsl`max(${most}, s${i}_${j})`, wgsl`s${i}_0`)};`,
    ...acrossText(writer, `next${i}`, (a, b) => wgsl`max(${a}, ${b})`),
    statement`next${i} = max(most${i}, next${i});`,
    statement`let shrink${i} = exp(most${i} - next${i});`,
    statement`most${i} = next${i};`,
    statement`total${i} *= shrink${i};`,
    ...others(writer).flatMap((j) => [
      statement`s${i}_${j} = select(exp(s${i}_${j} - next${i}), 0.0f, ${hidden(writer, i, j)});`,
      statement`total${i} += s${i}_${j};`,
    ]),
  ])

const quadOf = (name: string, first: number): Wgsl =>
  wgsl`vec4<f32>(${name}${first}, ${name}${first + 1}, ${name}${first + 2}, ${name}${first + 3})`

// Rows of sums are padded to a multiple of four by zeros; some tile holds them, since its rows are one, too.
const storeLogSums = (writer: ShuffledWriter): readonly string[] => [
  "if (slot > 0u) { return; }",
  ...range(writer.choice.held / 4).flatMap((quad) => {
    const i = 4 * quad
    return [
      statement`let from${i} = first_row + own_row + ${i}u;`,
      statement`let inside${i} = vec4<u32>(from${i}) + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(params.queries);`,
      statement`let logs${i} = select(vec4<f32>(), ${quadOf("most", i)} + log(${quadOf("total", i)}), inside${i});`,
      statement`if (from${i} < params.sums) { store_quad(params.values + head * params.sums + from${i}, 4u, logs${i}); }`,
    ]
  }),
]

const main = (writer: ShuffledWriter): string =>
  lines(
    // Zeros fill what is left of the last row of the packed result.
    statement`let item = group * ${shuffledInvocations(writer.choice)}u + lane;`,
    "for (var i = params.used + item; i < params.total; i += params.items) { store_out(i, finish(i, 0.0f)); }",
    placeText(writer),
    startsText(["q", "k", "v"]),
    visibleKeys(writer),
    rows(writer).flatMap((i) => [statement`var most${i} = -3.4e38f;`, statement`var total${i} = 0.0f;`]),
    declareSums(writer, "o"),
    keepText(writer),
    aheadText(writer, "0u"),
    statement`for (var first = 0u; ${walk(writer)}) {`,
    meetText(writer),
    bringText(writer, "k"),
    scoresText(writer, "s", "q", "k"),
    softmaxText(writer),
    shrinkText(writer, "o", (i) => `shrink${i}`),
    bringText(writer, "v"),
    applyText(writer, "o", "s", "v"),
    "}",
    rows(writer).flatMap((i) => [
      ...acrossText(writer, `total${i}`, (a, b) => wgsl`${a} + ${b}`),
      // A row whose scores are all -∞ sums to nothing: it comes out as zeros, with a finite logarithm.
      statement`total${i} = select(total${i}, 1.0f, total${i} == 0.0f);`,
    ]),
    storeText(
      writer,
      "params.depth",
      wgsl`((b * params.queries + row) * params.heads + h) * params.depth`,
      (row, q) => wgsl`o${row}_${q} / total${row}`,
    ),
    storeLogSums(writer),
  )

export const shuffled = onNeighbours({
  products: ({ shape: { batch, heads, queries, keys, width, depth } }) => ({
    heads: batch * heads,
    rows: queries,
    others: keys,
    width: depth,
    results: 1,
    scored: [width],
    own: 1,
  }),
  operands: { own: ["q"], met: ["k", "v"], ownTokens: queryRows, metTokens: metKeys },
  main,
  params: (problem, _choice, items) => ({
    ...attentionPacking(problem.shape),
    items,
    ...operandParams(problem, ["q", "k", "v"]),
  }),
})
