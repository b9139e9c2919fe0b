import type { Tensor } from "../../graph.ts"
import { attentionPacking, type AttentionShape } from "../../ops/attentionShape.ts"
import type { Group } from "../../plan/fusion.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import {
  attentionProblem,
  extentParams,
  floatParam,
  operandNames,
  operandParams,
  problemKey,
  multiplications,
  type AttentionProblem,
} from "./problem.ts"
import { forwardLanes, keysLanes, queriesLanes, type LaneProgram } from "./texturesLanes.ts"
import { laneTilesOf, type LaneChoice } from "./lanesText.ts"
import { forwardMain, keysMain, queriesMain, type TileProgram } from "./texturesTile.ts"
import { packHeads } from "./packHeads.ts"
import { readFunction, stageHeads, type StagedHeads } from "./headsInTexture.ts"
import { lanes, slotsOf, tilesOf, type TileChoice } from "./tileText.ts"
import { choiceFor, type Kernel, type KernelLimits } from "../dispatch/kernel.ts"
import { finishFunction, labelOf } from "../emit/tail.ts"

const widest = 512

const fitsTiles = ({ width, depth }: AttentionShape): boolean =>
  width % 8 === 0 && depth % 8 === 0 && Math.max(width, depth) <= widest

/** Below this many multiplications a kernel that compiles fast is worth more than one that runs fast. */
const smallest = 1 << 23

// On buffers a single query leaves most of the cores idle and takes as long as several.
const isLarge = (shape: AttentionShape): boolean =>
  multiplications({ ...shape, queries: Math.max(16, shape.queries) }) >= smallest

/** What differs between the three passes. */
interface Pass {
  /** Elements of the row's operands and sums that a lane keeps. */
  readonly kept: number
  /** Vectors of the result each lane holds per row where columns lie in the lanes. */
  readonly slots: number
  /** Rows that tiles are laid over, and the columns each of them meets. */
  readonly rows: number
  readonly columns: number
  /** Operands of the columns. */
  readonly across: readonly (typeof operandNames)[number][]
  readonly main: (program: TileProgram) => string
  readonly lanes: (program: LaneProgram) => string
  readonly params: (problem: AttentionProblem, invocations: number) => Readonly<Record<string, number>>
}

type StagedChoice = TileChoice | LaneChoice

const inLanes = (choice: StagedChoice): choice is LaneChoice => "columns" in choice

// More rows use each texel read more often; with wide heads the sums of so many rows take long to compile.
const tileCandidates = ({ slots }: Pass): readonly [TileChoice, ...TileChoice[]] => {
  const first = { rows: slots <= 10 ? 24 : 8, subgroups: 1 }
  const others = [24, 32, 16, 8].map((rows) => ({ rows, subgroups: 1 })).filter(({ rows }) => rows !== first.rows)
  return [first, { ...first, subgroups: 4 }, ...others]
}

/** Elements up to which the code of rows in lanes, which spells each out, is worth its length. */
const widestLanes = 80

/** What a lane may keep by rule: more leaves the first level of a core's cache. */
const mostKept = 256

/** Bytes of the columns' operands of a head, and rows that read them, from which it pays to pack them. */
const worthPacking = { bytes: 1 << 19, rows: 512 }

const mostColumns = (kept: number): number => (kept > mostKept ? 2 : kept > 200 ? 3 : 4)

// More columns at a time load and store sums less often, until the code or the vectors kept leave their caches.
const laneCandidates = (
  { kept, rows, columns }: Pass,
  { width, depth }: AttentionShape,
): readonly [LaneChoice, ...LaneChoice[]] => {
  const both = ["packed", "in place"] as const
  const pays = columns * (width + depth) * 4 >= worthPacking.bytes && rows >= worthPacking.rows
  const [near, far] = pays ? both : ([both[1], both[0]] as const)
  const most = mostColumns(kept)
  return [
    { columns: most, panels: near },
    { columns: 2, panels: near },
    { columns: most, panels: far },
  ]
}

const candidatesFor = (pass: Pass, shape: AttentionShape): readonly [StagedChoice, ...StagedChoice[]] => {
  const [tile, ...tiles] = tileCandidates(pass)
  if (Math.max(shape.width, shape.depth) > widestLanes) return [tile, ...tiles]
  const [lane, ...others] = laneCandidates(pass, shape)
  return pass.rows > 8 && pass.kept <= mostKept ? [lane, ...others, tile] : [tile, ...tiles, lane]
}

const stagedHeads = ({ operands }: AttentionProblem, limits: KernelLimits): readonly StagedHeads[] | null => {
  const heads = operands.flatMap((operand, i) =>
    operand.view.shape.length === 4 ? [stageHeads(operandNames[i]!, operand, limits)] : [],
  )
  return heads.includes(null) ? null : (heads as readonly StagedHeads[])
}

const worthTiles = ({ shape }: AttentionProblem, { subgroupSize, textureExtent }: KernelLimits): boolean =>
  subgroupSize === lanes && textureExtent > 0 && fitsTiles(shape) && isLarge(shape)

// Stores of four need one window of f32 that nobody reads meanwhile; buffers that the code does not read are not bound.
const bindingsFor = (group: Group, { bindings }: AttentionProblem, textOf: (vector: boolean) => string) => {
  const output = bindings.entries.at(-1)!
  const vector = output.binding.access === "write" && output.binding.windows === 1 && group.root.dtype === "f32"
  const text = textOf(vector)
  const { code, functions } = finishFunction(group, bindings)
  const read = bindings.entries.slice(0, -1).filter(({ binding }) => `${code}${text}`.includes(`load_${binding.name}(`))
  const entries = [...read, vector ? { ...output, binding: { ...output.binding, vector } } : output]
  return { entries, text, code, functions }
}

/** Operands of the columns where they lie, or packed, with the kernels that pack them. */
const panelsOf = (
  problem: AttentionProblem,
  operands: readonly StagedHeads[],
  { across }: Pass,
  made: Pick<Kernel, "family" | "choice">,
  limits: KernelLimits,
): readonly [readonly Kernel[], readonly StagedHeads[]] => {
  if (made.choice["panels"] !== "packed") return [[], operands]
  const packed = across.flatMap((name, id) => packHeads(name, problem, { ...made, id }, limits) ?? [])
  const panels = operands.map((operand) => packed.find(({ heads }) => heads.name === operand.name)?.heads ?? operand)
  return [packed.map(({ kernel }) => kernel), panels]
}

const staged = (
  group: Group,
  limits: KernelLimits,
  inPlace: Tensor | null,
  passOf: (shape: AttentionShape) => Pass,
): readonly Kernel[] | null => {
  const problem = attentionProblem(group, limits, inPlace)
  const inPlaces = worthTiles(problem, limits) ? stagedHeads(problem, limits) : null
  if (inPlaces === null) return null
  const { shape, attributes } = problem
  const pass = passOf(shape)
  const family = group.anchor!.op.name
  const key = problemKey(shape, attributes.causal)
  const chosen: StagedChoice = choiceFor(limits, { family, problem: key, candidates: candidatesFor(pass, shape) })
  const choice = { ...chosen, operands: "textures" }
  const [packing, operands] = panelsOf(problem, inPlaces, pass, { family, choice }, limits)
  const tiles = inLanes(chosen) ? laneTilesOf(shape, pass.rows) : tilesOf(shape, pass.rows, chosen)
  const workgroupSize = inLanes(chosen) ? lanes : lanes * chosen.subgroups
  const { entries, text, code, functions } = bindingsFor(group, problem, (vector) =>
    inLanes(chosen)
      ? pass.lanes({ problem, operands, choice: chosen, vector })
      : pass.main({ problem, operands, choice: chosen, vector }),
  )
  const params: Readonly<Record<string, number>> = Object.assign(
    { ...extentParams(shape, attributes), scale: floatParam(attributes.scale), none: 0 },
    pass.params(problem, tiles * workgroupSize),
    ...operands.map((operand) => operand.params),
  )
  const kernel = assembleKernel({
    label: labelOf(group),
    family,
    bindings: entries,
    textures: operands.map(({ name, staged }) => ({ name: `t_${name}`, staged })),
    directives: ["enable subgroups;", "diagnostic(off, subgroup_uniformity);"],
    params,
    functions: [...functions, ...operands.map(readFunction)],
    code,
    // The views leave no room for lifted numbers among the parameters.
    elements: Infinity,
    workgroupSize,
    main: text,
    workgroups: tiles,
    choice,
  })
  return [...packing, kernel]
}

const rowParams = (problem: AttentionProblem): Readonly<Record<string, number>> =>
  operandParams(problem, ["sums", "delta"])

/**
 * Attention with operands in textures, for adapters whose subgroups have eight lanes: CPU drivers, where a texture read
 * is one shared function, a broadcast one instruction, and a barrier ruinous. `null` where operands do not lie in rows
 * of whole texels or the problem is too small to pay for compiling it.
 */
export const attentionStaged = (group: Group, limits: KernelLimits, inPlace: Tensor | null): readonly Kernel[] | null =>
  staged(group, limits, inPlace, ({ queries, keys, width, depth }) => ({
    kept: width + depth,
    slots: slotsOf(depth),
    rows: queries,
    columns: keys,
    across: ["k", "v"],
    main: forwardMain,
    lanes: forwardLanes,
    params: ({ shape }, items) => ({ ...attentionPacking(shape), items }),
  }))

/** The gradient in q: tiles of queries, blocks of keys. */
export const attentionQueriesStaged: typeof attentionStaged = (group, limits, inPlace) =>
  staged(group, limits, inPlace, ({ queries, keys, width, depth }) => ({
    kept: 2 * width + depth,
    slots: slotsOf(width),
    rows: queries,
    columns: keys,
    across: ["k", "v"],
    main: queriesMain,
    lanes: queriesLanes,
    params: rowParams,
  }))

/** The gradients in k and v: tiles of keys, blocks of queries. */
export const attentionKeysStaged: typeof attentionStaged = (group, limits, inPlace) =>
  staged(group, limits, inPlace, ({ queries, keys, width, depth }) => ({
    kept: 2 * (width + depth),
    slots: slotsOf(width) + slotsOf(depth),
    rows: keys,
    columns: queries,
    across: ["q", "upper"],
    main: keysMain,
    lanes: keysLanes,
    params: (problem) => {
      const { batch, heads, keys, width } = problem.shape
      return { ...rowParams(problem), values: batch * heads * keys * width }
    },
  }))
