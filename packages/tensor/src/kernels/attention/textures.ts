import { secondsOf, type CostModel } from "../../adapter/costModel.ts"
import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import { attentionPacking, type AttentionShape } from "../../ops/attentionShape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import type { Kernel } from "../dispatch/kernel.ts"
import { finishFunction, labelOf } from "../emit/tail.ts"
import { hasLaneTiles } from "../tiles/laneTile.ts"
import type { Site, Way } from "../way/way.ts"
import { readFunction, stageHeads, type StagedHeads } from "./headsInTexture.ts"
import { laneTilesOf, type LaneChoice } from "./lanesText.ts"
import { packHeads } from "./packHeads.ts"
import {
  extentParams,
  floatParam,
  multiplications,
  operandNames,
  operandParams,
  type AttentionProblem,
} from "./problem.ts"
import { forwardLanes, keysLanes, queriesLanes, type LaneProgram } from "./texturesLanes.ts"
import { forwardMain, keysMain, queriesMain, type TileProgram } from "./texturesTile.ts"
import { lanes, slotsOf, tilesOf, type TileChoice } from "./tileText.ts"

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
  /** Products that it takes, in those of the forward pass. */
  readonly work: number
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

// More rows use each texel read more often; with wide heads the sums of so many rows take long to compile.
const tileCandidates = ({ slots }: Pass): readonly TileChoice[] => {
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
const laneCandidates = ({ kept, rows, columns }: Pass, { width, depth }: AttentionShape): readonly LaneChoice[] => {
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

// Few rows leave lanes empty, and what a lane keeps of more elements leaves its cache: then tiles are the better choice.
const suitsLanes = ({ rows, kept }: Pass): boolean => rows > 8 && kept <= mostKept

const stagedHeads = ({ operands }: AttentionProblem, facts: KernelFacts): readonly StagedHeads[] | null => {
  const heads = operands.flatMap((operand, i) =>
    operand.view.shape.length === 4 ? [stageHeads(operandNames[i]!, operand, facts)] : [],
  )
  return heads.includes(null) ? null : (heads as readonly StagedHeads[])
}

const takesTextures = (problem: AttentionProblem, facts: KernelFacts): boolean =>
  fitsTiles(problem.shape) && isLarge(problem.shape) && stagedHeads(problem, facts) !== null

// Stores of four need one window of f32 that nobody reads meanwhile; buffers that the code does not read are not bound.
const bindingsFor = ({ group, bindings }: Site, textOf: (vector: boolean) => string) => {
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
  family: string,
  facts: KernelFacts,
): readonly [readonly Kernel[], readonly StagedHeads[]] => {
  const packed = across.flatMap((name, id) => packHeads(name, problem, { family, id }, facts) ?? [])
  const panels = operands.map((operand) => packed.find(({ heads }) => heads.name === operand.name)?.heads ?? operand)
  return [packed.map(({ kernel }) => kernel), panels]
}

/** A pass on textures as it is written, whatever its text is made of. */
interface Written {
  readonly operands: readonly StagedHeads[]
  readonly tiles: number
  readonly workgroupSize: number
  readonly textOf: (vector: boolean) => string
}

const passKernel = (
  { shape, attributes }: AttentionProblem,
  site: Site,
  params: Readonly<Record<string, number>>,
  { operands, tiles, workgroupSize, textOf }: Written,
): Kernel => {
  const { entries, text, code, functions } = bindingsFor(site, textOf)
  return assembleKernel({
    label: labelOf(site.group),
    family: site.group.anchor!.op.name,
    bindings: entries,
    textures: operands.map(({ name, staged }) => ({ name: `t_${name}`, staged })),
    directives: ["enable subgroups;", "diagnostic(off, subgroup_uniformity);"],
    params: Object.assign(
      { ...extentParams(shape, attributes), scale: floatParam(attributes.scale), none: 0 },
      params,
      ...operands.map((operand) => operand.params),
    ) as Readonly<Record<string, number>>,
    functions: [...functions, ...operands.map(readFunction)],
    code,
    // The views leave no room for lifted numbers among the parameters.
    elements: Infinity,
    workgroupSize,
    main: text,
    workgroups: tiles,
  })
}

/** Rates of tiles and of rows in lanes, each where it suits and where it does not, relative to the adapter's lanes. */
const shares = { lanes: 0.6, tiles: 0.4, crowdedLanes: 0.3 }

const passSeconds = (problem: AttentionProblem, { work }: Pass, share: number, model: CostModel): number =>
  model.dispatch + secondsOf(model, "lanes", 2 * work * multiplications(problem.shape)) / share

/** Tiles of rows, whose other side comes in blocks of columns. */
const inTiles = (passOf: (shape: AttentionShape) => Pass): Way<AttentionProblem, TileChoice> => ({
  name: "tiles",
  needs: hasLaneTiles,
  takes: takesTextures,
  numerics: () => "f32",
  candidates: ({ shape }) => tileCandidates(passOf(shape)),
  cost: (problem, _choice, model) => passSeconds(problem, passOf(problem.shape), shares.tiles, model),
  write: (problem, choice, site) => {
    const pass = passOf(problem.shape)
    const operands = stagedHeads(problem, site.facts)!
    const tiles = tilesOf(problem.shape, pass.rows, choice)
    const workgroupSize = lanes * choice.subgroups
    const textOf = (vector: boolean): string => pass.main({ problem, operands, choice, vector })
    const params = pass.params(problem, tiles * workgroupSize)
    return [passKernel(problem, site, params, { operands, tiles, workgroupSize, textOf })]
  },
})

/** Rows in the lanes, the other side's copied to where it lies densely first or read where it lies. */
const inLanes = (passOf: (shape: AttentionShape) => Pass): Way<AttentionProblem, LaneChoice> => ({
  name: "lanes",
  needs: hasLaneTiles,
  takes: (problem, facts) =>
    Math.max(problem.shape.width, problem.shape.depth) <= widestLanes && takesTextures(problem, facts),
  numerics: () => "f32",
  candidates: ({ shape }) => laneCandidates(passOf(shape), shape),
  cost: (problem, _choice, model) => {
    const pass = passOf(problem.shape)
    return passSeconds(problem, pass, suitsLanes(pass) ? shares.lanes : shares.crowdedLanes, model)
  },
  write: (problem, choice, site) => {
    const pass = passOf(problem.shape)
    const inPlaces = stagedHeads(problem, site.facts)!
    const family = site.group.anchor!.op.name
    const isPacked = choice.panels === "packed"
    const [packing, operands] = isPacked ? panelsOf(problem, inPlaces, pass, family, site.facts) : [[], inPlaces]
    const tiles = laneTilesOf(problem.shape, pass.rows)
    const textOf = (vector: boolean): string => pass.lanes({ problem, operands, choice, vector })
    const params = pass.params(problem, tiles * lanes)
    return [...packing, passKernel(problem, site, params, { operands, tiles, workgroupSize: lanes, textOf })]
  },
})

/**
 * Attention with operands in textures, for adapters whose subgroups have eight lanes: CPU drivers, where a texture read
 * is one shared function, a broadcast one instruction, and a barrier ruinous.
 */
const onTextures = (passOf: (shape: AttentionShape) => Pass): readonly Way<AttentionProblem>[] => [
  inLanes(passOf),
  inTiles(passOf),
]

const rowParams = (problem: AttentionProblem): Readonly<Record<string, number>> =>
  operandParams(problem, ["sums", "delta"])

export const textures = onTextures(({ queries, keys, width, depth }) => ({
  kept: width + depth,
  slots: slotsOf(depth),
  work: 1,
  rows: queries,
  columns: keys,
  across: ["k", "v"],
  main: forwardMain,
  lanes: forwardLanes,
  params: ({ shape }, items) => ({ ...attentionPacking(shape), items }),
}))

/** The gradient in q: tiles of queries, blocks of keys. */
export const texturesQueries = onTextures(({ queries, keys, width, depth }) => ({
  kept: 2 * width + depth,
  slots: slotsOf(width),
  work: 1.5,
  rows: queries,
  columns: keys,
  across: ["k", "v"],
  main: queriesMain,
  lanes: queriesLanes,
  params: rowParams,
}))

/** The gradients in k and v: tiles of keys, blocks of queries. */
export const texturesKeys = onTextures(({ queries, keys, width, depth }) => ({
  kept: 2 * (width + depth),
  slots: slotsOf(width) + slotsOf(depth),
  work: 2,
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
