import type { PlanStep, PlanValue } from "./plan.ts"

/** Steps that each step needs, and steps that need it, by position. */
export interface Dependence {
  readonly before: readonly ReadonlySet<number>[]
  readonly after: readonly ReadonlySet<number>[]
}

/** What a value lies in: the buffer of the input that it overwrites, else its own. */
const memoryOf = (values: readonly PlanValue[], id: number): number => {
  const { storage } = values[id]!
  return storage.kind === "donated" ? storage.input : id
}

/** Who has touched some memory so far. */
interface Touched {
  /** The last step that wrote it for itself. */
  writer: number | undefined
  /** Steps since then that store parts of it or raise the peak that it is: these need nothing of each other. */
  sharing: number[]
  /** Steps since then that read it. */
  readers: number[]
}

type Binding = PlanStep["bindings"][number]

const isShared = ({ access, isPart = false }: Binding): boolean => access === "peak" || isPart

/** Which steps must come before which: what reads after what writes, what writes after both. */
export const dependenceOf = (steps: readonly PlanStep[], values: readonly PlanValue[]): Dependence => {
  const before = steps.map(() => new Set<number>())
  const after = steps.map(() => new Set<number>())
  const memories = new Map<number, Touched>()
  const touchedOf = (memory: number): Touched => {
    const held = memories.get(memory) ?? { writer: undefined, sharing: [], readers: [] }
    memories.set(memory, held)
    return held
  }
  const need = (at: number, earlier: readonly (number | undefined)[]): void => {
    for (const each of earlier) {
      if (each === undefined || each === at) continue
      before[at]!.add(each)
      after[each]!.add(at)
    }
  }
  for (const [at, step] of steps.entries()) {
    const touches = [
      ...step.bindings.map((binding) => ({
        memory: memoryOf(values, binding.value),
        how: binding.access === "read" ? "reads" : isShared(binding) ? "shares" : "writes",
      })),
      ...step.stages.map(({ from }) => ({ memory: memoryOf(values, from), how: "reads" })),
    ]
    for (const { memory, how } of touches) {
      const { writer, sharing, readers } = touchedOf(memory)
      need(at, [writer, ...(how === "shares" ? [] : sharing), ...(how === "reads" ? [] : readers)])
    }
    for (const { memory, how } of touches) {
      if (how === "writes") memories.set(memory, { writer: at, sharing: [], readers: [] })
      else if (how === "shares") touchedOf(memory).sharing.push(at)
    }
    for (const { memory, how } of touches) if (how === "reads") touchedOf(memory).readers.push(at)
  }
  return { before, after }
}

/** For each step how many there are in the longest chain of which it is the last. */
const depthsOf = (steps: readonly PlanStep[], values: readonly PlanValue[]): readonly number[] => {
  const depths: number[] = []
  for (const needed of dependenceOf(steps, values).before)
    depths.push(1 + Math.max(0, ...[...needed].map((earlier) => depths[earlier]!)))
  return depths
}

/** How many steps the longest chain has in which each needs the one before: fewer launches than that cannot do. */
export const longestChain = (steps: readonly PlanStep[], values: readonly PlanValue[]): number =>
  depthsOf(steps, values).reduce((deepest, depth) => Math.max(deepest, depth), 0)

/** The steps by depth: those that nothing precedes, then those that need only these, and so on. None comes before what it needs. */
export const byDepth = (steps: readonly PlanStep[], values: readonly PlanValue[]): readonly PlanStep[] => {
  const depths = depthsOf(steps, values)
  const places = steps.map((_, at) => at).toSorted((a, b) => depths[a]! - depths[b]! || a - b)
  return places.map((at) => steps[at]!)
}
