import type { CostModel } from "../../adapter/costModel.ts"
import { invocationsOf, type KernelFacts } from "../../adapter/kernelFacts.ts"
import { statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import { wgslType } from "../../codegen/element.ts"
import { byteWidth } from "../../dtype/dtype.ts"
import { sizeOf } from "../../shape/shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import type { Group } from "../dispatch/group.ts"
import { bindingFor, type Kernel, type Scratch } from "../dispatch/kernel.ts"
import { combined } from "../emit/combine.ts"
import { lines, range } from "../emit/operand.ts"
import { finishFunction, labelOf } from "../emit/tail.ts"
import { bindGroup } from "../dispatch/bindGroup.ts"
import { subgroupDirectives } from "../tiles/laneTile.ts"
import type { Site, Way } from "../way/way.ts"
import { foldOf, heldIn, partsFor, results, startOf, typeOf, usedEntries, withVectors } from "./reduce.ts"
import { acrossComponents, foldLoop, neutralFunction } from "./reduceLoop.ts"
import { foldOperand, type FoldOperand } from "./reduceOperand.ts"

/**
 * Who folds what: neighbouring invocations neighbouring outputs (`columns`), or a workgroup one output (`rows`); either a stretch of
 * it where `parts` share it. `tile`: a workgroup folds a few neighbouring outputs, with so many invocations to each. `subgroup`: the
 * invocations to an output are a subgroup, which waits for no other: such kernels share a launch with any.
 */
export type SharedFold =
  | { readonly share: "columns" | "rows"; readonly parts: number }
  | { readonly share: "tile" | "subgroup"; readonly parts: 1; readonly strands: number }

const columnSize = 64
const rowSize = 256

/** Invocations that fill a large adapter. */
const enough = 65_536

/** Smaller folds are over before a second kernel has begun. */
const smallest = 16_384

const extents = ({ anchor }: Group): { readonly outputs: number; readonly length: number } => {
  const outputs = sizeOf(anchor!.shape)
  return { outputs, length: sizeOf(anchor!.inputs[0]!.shape) / outputs }
}

const between = (least: number, value: number, most: number): number =>
  Math.max(least, Math.min(Math.floor(value), Math.floor(most)))

/** Outputs, or vectors of four of them where these are folded together. */
const vectorsOf = (outputs: number): number => (outputs % 4 === 0 ? outputs / 4 : outputs)

/** Values that an invocation of a subgroup folds at most: longer folds want more invocations. */
const longestStrand = 16

const sharedFolds = (group: Group, { subgroupSize }: KernelFacts): readonly SharedFold[] => {
  const { outputs, length } = extents(group)
  if (outputs < rowSize) return [{ share: "rows", parts: between(1, 1024 / outputs, length / (16 * rowSize)) }]
  const parts = between(1, enough / vectorsOf(outputs), Math.min(64, length / 16))
  const isShort = length <= longestStrand * subgroupSize && rowSize % subgroupSize === 0
  if (isShort && heldIn(group).combine === "sum" && group.anchor!.dtype === "f32")
    return [{ share: "subgroup", parts: 1, strands: subgroupSize }]
  return [
    ...[64, 128].map((strands) => ({ share: "tile", parts: 1, strands }) as const),
    ...(parts === 1 ? [] : [{ share: "columns", parts } as const]),
  ]
}

const partial = (name: "read" | "write", scratch: Scratch, { facts }: Site) => ({
  buffer: scratch,
  binding: bindingFor(scratch, "partial", name, facts),
})

/** What a kernel folds: the positions of an output's values, and what becomes of the fold. */
interface Folding {
  readonly site: Site
  readonly operand: FoldOperand
  readonly parts: number
}

const stretchOf = ({ operand, parts }: Folding): number => Math.ceil(operand.length / parts)

const partBounds = ["let start = part * params.stretch;", "let end = min(start + params.stretch, params.length);"]

const partParams = (folding: Folding): Readonly<Record<string, number>> => ({
  outputs: folding.operand.outputs,
  length: folding.operand.length,
  parts: folding.parts,
  stretch: stretchOf(folding),
  all: extents(folding.site.group).outputs,
})

const columnsMain = (group: Group, operand: FoldOperand): string =>
  lines(
    statement`let i = group * ${columnSize}u + lane;`,
    "let o = i % params.outputs;",
    "let part = i / params.outputs;",
    "if (part >= params.parts) { return; }",
    ...partBounds,
    foldOf(group, operand, { first: wgsl`start`, step: wgsl`1u`, end: wgsl`end` }),
    ...results(group, operand).map(
      ([output, value]) => statement`store_partial(part * params.all + ${output}, ${value});`,
    ),
  )

/** `acc`, joined over all invocations of a workgroup in a fixed order, is in `held[0]` then. */
const meetText = (group: Group, value: Wgsl): readonly string[] => [
  statement`held[lane] = ${value};`,
  "workgroupBarrier();",
  statement`for (var g = ${rowSize / 2}u; g > 0u; g /= 2u) {`,
  statement`if (lane < g) { held[lane] = ${combined(heldIn(group).combine, wgsl`held[lane]`, wgsl`held[lane + g]`)}; }`,
  "workgroupBarrier();",
  "}",
]

/** Type of what invocations fold apart: vectors where these are of neighbouring outputs, which never meet. */
const heldType = (group: Group, operand: FoldOperand): string =>
  operand.along === "outputs" ? typeOf(heldIn(group), operand) : wgslType(heldIn(group).dtype)

const heldMemory = (type: string): string => statement`var<workgroup> held: array<${type}, ${rowSize}>;`

const rowResults = (group: Group, operand: FoldOperand): ReturnType<typeof results> =>
  operand.along === "outputs" ? results(group, operand) : [[wgsl`o`, heldIn(group).give(wgsl`held[0u]`)]]

const rowsMain = (group: Group, operand: FoldOperand, store: (output: Wgsl, value: Wgsl) => string): string =>
  lines(
    "let o = group % params.outputs;",
    "let part = group / params.outputs;",
    // Workgroups of a grid rounded up; all invocations of one leave together, before any barrier.
    "if (part >= params.parts) { return; }",
    ...partBounds,
    foldOf(group, operand, { first: wgsl`start + lane`, step: wgsl`${rowSize}u`, end: wgsl`end` }),
    meetText(group, operand.along === "fold" ? acrossComponents(heldIn(group).combine, wgsl`acc`) : wgsl`acc`),
    "if (lane == 0u) {",
    operand.along === "outputs" ? "acc = held[0u];" : "",
    ...rowResults(group, operand).map(([output, value]) => store(output, value)),
    "}",
  )

const elementsOf = (group: Group): number => sizeOf(group.anchor!.inputs[0]!.shape)

const partKernel = (folding: Folding, share: "columns" | "rows", scratch: Scratch): Kernel => {
  const { site, operand, parts } = folding
  const { group, bindings } = site
  const byColumns = share === "columns"
  const store = (output: Wgsl, value: Wgsl): string =>
    statement`store_partial(part * params.all + ${output}, ${value});`
  return assembleKernel({
    label: `${group.anchor!.op.name} (parts)`,
    family: "reduce",
    bindings: [
      ...withVectors(usedEntries(bindings.entries, operand.code, false), operand),
      partial("write", scratch, site),
    ],
    params: partParams(folding),
    functions: new Set([
      ...operand.functions,
      ...heldIn(group).functions,
      ...(byColumns ? [] : [heldMemory(heldType(group, operand))]),
    ]),
    code: lines(startOf(group, operand), operand.code),
    elements: elementsOf(group),
    workgroupSize: byColumns ? columnSize : rowSize,
    main: byColumns ? columnsMain(group, operand) : rowsMain(group, operand, store),
    workgroups: byColumns ? Math.ceil((operand.outputs * parts) / columnSize) : operand.outputs * parts,
  })
}

const tileMain = (group: Group, operand: FoldOperand, strands: number): string => {
  const across = rowSize / strands
  const { combine } = heldIn(group)
  return lines(
    statement`let strand = lane / ${across}u;`,
    statement`let o = group * ${across}u + lane % ${across}u;`,
    "let inside = o < params.outputs;",
    // Whoever has no output folds nothing, and meets the others at their barriers.
    "let end = select(0u, params.length, inside);",
    foldOf(group, operand, { first: wgsl`strand`, step: wgsl`${strands}u`, end: wgsl`end` }),
    "held[lane] = acc;",
    "workgroupBarrier();",
    statement`for (var g = ${rowSize / 2}u; g >= ${across}u; g /= 2u) {`,
    statement`if (lane < g) { held[lane] = ${combined(combine, wgsl`held[lane]`, wgsl`held[lane + g]`)}; }`,
    "workgroupBarrier();",
    "}",
    "if (strand == 0u && inside) {",
    "acc = held[lane];",
    ...results(group, operand).map(([output, value]) => statement`store_out(${output}, finish(${output}, ${value}));`),
    "}",
  )
}

/** Distances between invocations whose sums meet, one after another: all of a subgroup have the same then. */
const meetings = (strands: number): readonly number[] => range(Math.log2(strands)).map((i) => 2 ** i)

const subgroupMain = (group: Group, operand: FoldOperand, strands: number): string =>
  lines(
    statement`let at = group * ${rowSize}u + lane;`,
    statement`let o = at / ${strands}u;`,
    // Whole subgroups have no output, and leave together.
    "if (o >= params.outputs) { return; }",
    "let end = params.length;",
    foldOf(group, operand, { first: wgsl`at % ${strands}u`, step: wgsl`${strands}u`, end: wgsl`end` }),
    ...meetings(strands).map((distance) => statement`acc += subgroupShuffleXor(acc, ${distance}u);`),
    statement`if (at % ${strands}u == 0u) {`,
    ...results(group, operand).map(([output, value]) => statement`store_out(${output}, finish(${output}, ${value}));`),
    "}",
  )

/** Folds from end to end in one kernel, with the tail: a workgroup or a subgroup to an output, or a workgroup to a few neighbouring ones. */
const wholeKernel = (site: Site, choice: SharedFold): Kernel => {
  const { group, bindings } = site
  const finish = finishFunction(group, bindings)
  const operand = foldOperand(group, bindings, finish.code)
  const { share } = choice
  const type = share === "tile" ? typeOf(heldIn(group), operand) : heldType(group, operand)
  const strands = "strands" in choice ? choice.strands : rowSize
  const main = {
    tile: () => tileMain(group, operand, strands),
    subgroup: () => subgroupMain(group, operand, strands),
    rows: () =>
      rowsMain(group, operand, (output, value) => statement`store_out(${output}, finish(${output}, ${value}));`),
  }[share as "tile" | "subgroup" | "rows"]
  return assembleKernel({
    label: labelOf(group),
    family: "reduce",
    bindings: withVectors(bindings.entries, operand),
    directives: share === "subgroup" ? subgroupDirectives : [],
    params: partParams({ site, operand, parts: 1 }),
    functions: new Set([
      ...operand.functions,
      ...finish.functions,
      ...heldIn(group).functions,
      ...(share === "subgroup" ? [] : [heldMemory(type)]),
    ]),
    code: lines(startOf(group, operand), operand.code, finish.code),
    elements: elementsOf(group),
    workgroupSize: rowSize,
    main: main(),
    workgroups: share === "rows" ? operand.outputs : Math.ceil((operand.outputs * strands) / rowSize),
  })
}

const joinKernel = (site: Site, { share, parts }: SharedFold, scratch: Scratch): Kernel => {
  const { group, bindings } = site
  const finish = finishFunction(group, bindings)
  const { outputs } = extents(group)
  const held = heldIn(group)
  const type = wgslType(held.dtype)
  const byColumns = share === "columns"
  const fold = foldLoop({
    combine: held.combine,
    type,
    first: byColumns ? wgsl`0u` : wgsl`lane`,
    step: byColumns ? wgsl`1u` : wgsl`${rowSize}u`,
    end: wgsl`params.parts`,
    unroll: byColumns ? 4 : 1,
    value: (r) => held.hold(wgsl`load_partial(${r} * params.outputs + o)`, 1),
  })
  const store = (value: Wgsl): string => statement`store_out(o, finish(o, ${value}));`
  return assembleKernel({
    label: labelOf(group),
    family: "reduce",
    bindings: [...usedEntries(bindings.entries, finish.code, true), partial("read", scratch, site)],
    params: { outputs, parts },
    functions: new Set([...finish.functions, ...held.functions, ...(byColumns ? [] : [heldMemory(type)])]),
    code: lines(neutralFunction(held, type), finish.code),
    elements: outputs,
    workgroupSize: byColumns ? columnSize : rowSize,
    main: byColumns
      ? lines(
          statement`let o = group * ${columnSize}u + lane;`,
          "if (o >= params.outputs) { return; }",
          fold,
          store(held.give(wgsl`acc`)),
        )
      : lines(
          "let o = group;",
          "if (o >= params.outputs) { return; }",
          fold,
          meetText(group, wgsl`acc`),
          statement`if (lane == 0u) { ${store(held.give(wgsl`held[0u]`))} }`,
        ),
    workgroups: byColumns ? Math.ceil(outputs / columnSize) : outputs,
  })
}

const write = (site: Site, choice: SharedFold): readonly Kernel[] => {
  if ("strands" in choice || (choice.share === "rows" && choice.parts === 1)) return [wholeKernel(site, choice)]
  const { group, facts } = site
  const reading: Site = { ...site, inPlace: null, bindings: bindGroup(group, facts, null) }
  const operand = foldOperand(group, reading.bindings, "")
  const scratch: Scratch = { scratch: 0, dtype: group.anchor!.dtype, size: extents(group).outputs * choice.parts }
  return [
    partKernel({ site: reading, operand, parts: choice.parts }, choice.share, scratch),
    joinKernel(site, choice, scratch),
  ]
}

/** Invocations of a core that together move as many bytes as it can: each waits for what it has asked for. */
const busyInvocations = 600

const foldSeconds = (group: Group, kernels: number, invocations: number, model: CostModel): number => {
  const { dtype } = group.anchor!.inputs[0]!
  const bytes = elementsOf(group) * byteWidth(dtype)
  const idle = Math.max(1, (model.cores * busyInvocations) / invocations)
  return kernels * model.dispatch + (bytes / model.bytes) * idle
}

/** What `folds` takes: invocations that each fold a stretch of an output. */
export const plainSeconds = (group: Group, model: CostModel): number => {
  const { outputs, length } = extents(group)
  const parts = partsFor(outputs, length)
  const invocations = vectorsOf(outputs) * parts
  return foldSeconds(group, parts === 1 ? 1 : 2, invocations, model)
}

const invocationsFor = (outputs: number, choice: SharedFold): number => {
  if (choice.share === "rows") return outputs * choice.parts * rowSize
  return vectorsOf(outputs) * ("strands" in choice ? choice.strands : choice.parts)
}

/** Folds on GPUs: enough invocations to fill them, neighbours of which read neighbours. */
export const workgroupFolds: Way<Group, SharedFold> = {
  name: "workgroup",
  needs: ({ isSoftware = false, workgroupMemory = 0 }) => !isSoftware && workgroupMemory >= 16 * rowSize,
  takes: (group, facts) => elementsOf(group) >= smallest && invocationsOf(facts) >= rowSize,
  numerics: () => "f32",
  candidates: sharedFolds,
  cost: (group, choice, model) =>
    foldSeconds(group, choice.parts === 1 ? 1 : 2, invocationsFor(extents(group).outputs, choice), model),
  write: (_group, choice, site) => write(site, choice),
}
