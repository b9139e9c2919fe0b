import { workgroupMemoryOf, type KernelFacts } from "../adapter/kernelFacts.ts"
import {
  isHeldBy,
  memoryBytes,
  piecesOf,
  takesAnySize,
  togetherText,
  workgroupsHolding,
  type ShaderPieces,
  type Share,
} from "../codegen/togetherText.ts"
import { isReadOnly } from "../codegen/binding.ts"
import { gridOf, launchWords } from "../kernels/dispatch/kernel.ts"
import type { PlanStep, PlanValue } from "./plan.ts"
import type { Planning } from "./planning.ts"

/** What decides which steps share a launch. */
export type Launching = Pick<Planning, "facts" | "model">

/** A step that may share a launch with others: its shader in pieces. */
export interface Joinable {
  readonly step: PlanStep
  readonly pieces: ShaderPieces
}

/** Shaders taken apart, each text once. */
export const joinables = () => {
  const known = new Map<string, ShaderPieces | null>()
  return (step: PlanStep): Joinable | null => {
    if (step.textures.length > 0 || step.params.length === 0) return null
    const held = known.get(step.wgsl)
    const pieces = held === undefined ? piecesOf(step.wgsl) : held
    if (held === undefined) known.set(step.wgsl, pieces)
    return pieces === null ? null : { step, pieces }
  }
}

type Binding = PlanStep["bindings"][number]

interface Bound {
  readonly binding: Binding
  /** Buffers of its windows in the shader. */
  readonly access: string
  readonly type: string
}

const windowTypes = ({ step, pieces }: Joinable): readonly Bound[] => {
  let at = 0
  return step.bindings.map((binding) => {
    const { access, type } = pieces.bindings[at]!
    at += binding.windows
    return { binding, access, type }
  })
}

/**
 * Whether two bindings of a value can be one: both read it (also peaks, which are bound to be written in order to be read beside others that
 * are), both raise the peak that it is, which any order leaves the same, or each stores its part of it. Bound twice, what is writable would
 * overlap itself.
 */
const isAlike = (a: Binding, b: Binding): boolean =>
  a.value === b.value &&
  a.access === b.access &&
  (a.access === "read" || a.access === "peak" || (a.isPart === true && b.isPart === true))

/** Whether no value is bound twice that is written: parts of one are where one step stores vectors, the other elements. */
const bindsWrittenOnce = (bound: readonly Bound[]): boolean => {
  const parts = bound.flatMap(({ binding }) => (binding.isPart === true ? [binding.value] : []))
  return new Set(parts).size === parts.length
}

/**
 * Bindings of a launch of several, and where each step's own are: once those that read the same values in the same way, and peaks
 * that several raise, as pieces of one tensor do.
 */
const bindTogether = (
  joined: readonly Joinable[],
): { readonly bound: readonly Bound[]; readonly places: readonly (readonly number[])[] } => {
  const bound: Bound[] = []
  const places = joined.map((each) =>
    windowTypes(each).map((own) => {
      const held = bound.findIndex(
        ({ binding, access, type }) => isAlike(binding, own.binding) && access === own.access && type === own.type,
      )
      return held >= 0 ? held : bound.push(own) - 1
    }),
  )
  return { bound, places }
}

const buffersOf = (bound: readonly Bound[]): number => bound.reduce((sum, { binding }) => sum + binding.windows, 0)

const workgroupsOf = ({ grid }: PlanStep): number => grid[0] * grid[1]

/** Invocations of the launch's workgroups: what a step has to have whose invocations wait for one another, else the most. */
const sizeOf = (joined: readonly Joinable[]): number => {
  const sizes = (of: readonly Joinable[]): number => Math.max(0, ...of.map(({ pieces }) => pieces.workgroupSize))
  return sizes(joined.filter(({ pieces }) => !takesAnySize(pieces))) || sizes(joined)
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)

/** One buffer holds all peaks, and a dispatch binds a buffer in one way. */
const bindsPeaksOneWay = (bound: readonly Bound[], values: readonly PlanValue[]): boolean => {
  const peaks = bound.filter(({ binding }) => values[binding.value]!.storage.kind === "peak")
  return new Set(peaks.map(({ binding }) => isReadOnly(binding))).size <= 1
}

/**
 * Two workgroups of a launch should find room on a core, unless one of its steps leaves none by itself. Where nobody knows what a core
 * has, it is taken to be what a workgroup may have.
 */
const leavesMemory = (joined: readonly Joinable[], { facts, model }: Launching): boolean => {
  const each = joined.map(({ pieces }) => pieces)
  const largest = Math.max(...each.map((pieces) => memoryBytes([pieces])))
  const most = workgroupMemoryOf(facts)
  return memoryBytes(each) <= Math.min(most, Math.max(largest, (model.coreMemory ?? most) / 2))
}

/** Whether one launch can compute these steps, none of which needs another: what an adapter's limits allow. */
export const fitsOneLaunch = (
  joined: readonly Joinable[],
  values: readonly PlanValue[],
  launching: Launching,
): boolean => {
  const { facts } = launching
  const { bound } = bindTogether(joined)
  const size = sizeOf(joined)
  return (
    buffersOf(bound) <= facts.storageBuffers &&
    sum(joined.map(({ step }) => step.params.length + 1)) <= launchWords &&
    sum(joined.map(({ step }) => workgroupsOf(step))) <= facts.workgroupsPerAxis &&
    joined.every(({ pieces }) => isHeldBy(pieces, size, facts.subgroupSize)) &&
    leavesMemory(joined, launching) &&
    bindsWrittenOnce(bound) &&
    bindsPeaksOneWay(bound, values)
  )
}

/** Labels, those that repeat with how often. */
const labelOf = (joined: readonly Joinable[]): string => {
  const counts = new Map<string, number>()
  for (const { step } of joined) counts.set(step.label, (counts.get(step.label) ?? 0) + 1)
  return [...counts].map(([label, count]) => (count === 1 ? label : `${count} × ${label}`)).join(", ")
}

/** Steps that take longest come first: what a plan says of a launch is theirs. */
const work = ({ step: { expectedSeconds, flops, bytes } }: Joinable): number =>
  expectedSeconds + flops * 1e-13 + bytes * 1e-12

/** One step in place of several that do not need each other. Their workgroups compute what they would in launches of their own. */
export const joinSteps = (joined: readonly Joinable[], facts: KernelFacts): PlanStep => {
  const { bound, places } = bindTogether(joined)
  const size = sizeOf(joined)
  const starts: number[] = []
  let buffers = 0
  for (const { binding } of bound) {
    starts.push(buffers)
    buffers += binding.windows
  }
  const shares = joined.map(({ step, pieces }, i): Share => ({
    pieces,
    slots: step.bindings.flatMap(({ windows }, j) =>
      Array.from({ length: windows }, (_, window) => starts[places[i]![j]!]! + window),
    ),
  }))
  const declared = bound.flatMap(({ binding, access, type }) =>
    Array.from({ length: binding.windows }, () => ({ access, type })),
  )
  const counts = joined.map(({ step, pieces }) => workgroupsHolding(pieces, workgroupsOf(step), size))
  const ends = counts.slice(0, -1).map((_, i) => sum(counts.slice(0, i + 1)))
  const main = joined.reduce((a, b) => (work(b) > work(a) ? b : a)).step
  return {
    ...main,
    label: labelOf(joined),
    wgsl: togetherText(shares, declared, size),
    bindings: bound.map(({ binding }) => binding),
    params: [...ends, ...joined.flatMap(({ step }) => step.params)],
    grid: gridOf(sum(counts), facts.workgroupsPerAxis),
    flops: sum(joined.map(({ step }) => step.flops)),
    bytes: sum(joined.map(({ step }) => step.bytes)),
    together: joined.map(({ step }) => step),
  }
}
