import type { Tensor } from "../graph.ts"
import { attentionPacking, type AttentionShape } from "../ops/attentionShape.ts"
import type { Group } from "../plan/fusion.ts"
import { assembleKernel } from "./assemble.ts"
import {
  attentionProblem,
  extentParams,
  floatParam,
  operandNames,
  operandParams,
  problemKey,
  multiplications,
  type AttentionProblem,
} from "./attentionOperands.ts"
import { forwardMain, keysMain, queriesMain, type TileProgram } from "./attentionPasses.ts"
import { readFunction, stageHeads, type StagedHeads } from "./attentionStaging.ts"
import { lanes, slotsOf, tilesOf, type TileChoice } from "./attentionTile.ts"
import { choiceFor, type Kernel, type KernelLimits } from "./kernel.ts"
import { finishFunction, labelOf } from "./tail.ts"

const widest = 512

const fitsTiles = ({ width, depth }: AttentionShape): boolean =>
  width % 8 === 0 && depth % 8 === 0 && Math.max(width, depth) <= widest

/** Below this many multiplications a kernel that compiles fast is worth more than one that runs fast. */
const smallest = 1 << 23

// On buffers a single query leaves most of the cores idle and takes as long as several.
const isLarge = (shape: AttentionShape): boolean =>
  multiplications({ ...shape, queries: Math.max(16, shape.queries) }) >= smallest

// More rows use each texel read more often; with wide heads the sums of so many rows take long to compile.
const tileCandidates = (slots: number): readonly [TileChoice, ...TileChoice[]] => {
  const first = { rows: slots <= 10 ? 24 : 8, subgroups: 1 }
  const others = [24, 32, 16, 8].map((rows) => ({ rows, subgroups: 1 })).filter(({ rows }) => rows !== first.rows)
  return [first, { ...first, subgroups: 4 }, ...others]
}

/** What differs between the three passes. */
interface Pass {
  /** Vectors of the result each lane holds per row. */
  readonly slots: number
  /** Rows that tiles are laid over. */
  readonly rows: (shape: AttentionShape) => number
  readonly main: (program: TileProgram) => string
  readonly params: (problem: AttentionProblem, invocations: number) => Readonly<Record<string, number>>
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

const staged = (
  group: Group,
  limits: KernelLimits,
  inPlace: Tensor | null,
  passOf: (shape: AttentionShape) => Pass,
): readonly Kernel[] | null => {
  const problem = attentionProblem(group, limits, inPlace)
  const operands = worthTiles(problem, limits) ? stagedHeads(problem, limits) : null
  if (operands === null) return null
  const { shape, attributes } = problem
  const pass = passOf(shape)
  const family = group.anchor!.op.name
  const key = problemKey(shape, attributes.causal)
  const choice = choiceFor(limits, { family, problem: key, candidates: tileCandidates(pass.slots) })
  const tiles = tilesOf(shape, pass.rows(shape), choice)
  const { entries, text, code, functions } = bindingsFor(group, problem, (vector) =>
    pass.main({ problem, operands, choice, vector }),
  )
  const params: Readonly<Record<string, number>> = Object.assign(
    { ...extentParams(shape, attributes), scale: floatParam(attributes.scale) },
    pass.params(problem, tiles * lanes * choice.subgroups),
    ...operands.map((operand) => operand.params),
  )
  return [
    assembleKernel({
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
      workgroupSize: lanes * choice.subgroups,
      main: text,
      workgroups: tiles,
      choice: { ...choice, operands: "textures" },
    }),
  ]
}

const rowParams = (problem: AttentionProblem): Readonly<Record<string, number>> =>
  operandParams(problem, ["sums", "delta"])

/**
 * Attention with operands in textures, for adapters whose subgroups have eight lanes: CPU drivers, where a texture read
 * is one shared function, a broadcast one instruction, and a barrier ruinous. `null` where operands do not lie in rows
 * of whole texels or the problem is too small to pay for compiling it.
 */
export const attentionStaged = (group: Group, limits: KernelLimits, inPlace: Tensor | null): readonly Kernel[] | null =>
  staged(group, limits, inPlace, ({ depth }) => ({
    slots: slotsOf(depth),
    rows: ({ queries }) => queries,
    main: forwardMain,
    params: ({ shape }, items) => ({ ...attentionPacking(shape), items }),
  }))

/** The gradient in q: tiles of queries, blocks of keys. */
export const attentionQueriesStaged: typeof attentionStaged = (group, limits, inPlace) =>
  staged(group, limits, inPlace, ({ width }) => ({
    slots: slotsOf(width),
    rows: ({ queries }) => queries,
    main: queriesMain,
    params: rowParams,
  }))

/** The gradients in k and v: tiles of keys, blocks of queries. */
export const attentionKeysStaged: typeof attentionStaged = (group, limits, inPlace) =>
  staged(group, limits, inPlace, ({ width, depth }) => ({
    slots: slotsOf(width) + slotsOf(depth),
    rows: ({ keys }) => keys,
    main: keysMain,
    params: (problem) => {
      const { batch, heads, keys, width } = problem.shape
      return { ...rowParams(problem), values: batch * heads * keys * width }
    },
  }))
