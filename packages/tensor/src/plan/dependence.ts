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

/** Which steps must come before which: what reads after what writes, what writes after both. */
export const dependenceOf = (steps: readonly PlanStep[], values: readonly PlanValue[]): Dependence => {
  const before = steps.map(() => new Set<number>())
  const after = steps.map(() => new Set<number>())
  const writer = new Map<number, number>()
  const readers = new Map<number, number[]>()
  const need = (at: number, earlier: number | undefined): void => {
    if (earlier === undefined || earlier === at) return
    before[at]!.add(earlier)
    after[earlier]!.add(at)
  }
  for (const [at, step] of steps.entries()) {
    const touched = [
      ...step.bindings.map(({ value, access }) => ({ memory: memoryOf(values, value), writes: access !== "read" })),
      ...step.stages.map(({ from }) => ({ memory: memoryOf(values, from), writes: false })),
    ]
    for (const { memory, writes } of touched) {
      need(at, writer.get(memory))
      if (writes) for (const reader of readers.get(memory) ?? []) need(at, reader)
    }
    for (const { memory, writes } of touched)
      if (writes) {
        writer.set(memory, at)
        readers.set(memory, [])
      }
    for (const { memory, writes } of touched) if (!writes) readers.set(memory, [...(readers.get(memory) ?? []), at])
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
