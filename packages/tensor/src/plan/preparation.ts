import type { Builder } from "./builder.ts"
import type { PlanStep } from "./plan.ts"

/** The dispatches of a plan, those apart that depend on nothing which changes between runs. */
export interface Prepared {
  readonly preparation: readonly PlanStep[]
  readonly steps: readonly PlanStep[]
}

const writtenBy = ({ bindings }: PlanStep): readonly number[] =>
  bindings.filter(({ access }) => access !== "read").map(({ value }) => value)

const readBy = ({ bindings }: PlanStep): readonly number[] =>
  bindings.filter(({ access }) => access === "read" || access === "update").map(({ value }) => value)

/**
 * The steps that may run once: what they read is frozen, constant or written by such steps, and nobody else writes what they
 * write. A value larger than `largest` bytes is not kept.
 */
const runOnce = (
  { values }: Builder,
  steps: readonly PlanStep[],
  frozen: ReadonlySet<number>,
  largest: number,
): ReadonlySet<PlanStep> => {
  const isKept = (id: number): boolean =>
    ["slot", "peak"].includes(values[id]!.storage.kind) && values[id]!.bytes <= largest
  const once = new Set<PlanStep>()
  const made = new Set<number>()
  const changing = new Set<number>()
  for (const step of steps) {
    const isFixed = (id: number): boolean =>
      !changing.has(id) && (made.has(id) || frozen.has(id) || values[id]!.storage.kind === "constant")
    const written = writtenBy(step)
    const isOnce = step.textures.length === 0 && readBy(step).every(isFixed) && written.every(isKept)
    if (isOnce) once.add(step)
    for (const id of written) (isOnce ? made : changing).add(id)
  }
  const isShared = [...made].some((id) => changing.has(id))
  return isShared ? new Set() : once
}

/** Values of this size and below are kept in any case: numbers that scale, not copies of weights. */
const smallValue = 1024

/** What kernels that run once leave behind, and how much of it to allow: all, small values alone, nothing. */
export const preparations = [Infinity, smallValue, 0] as const

const renamed = (step: PlanStep, same: ReadonlyMap<number, number>): PlanStep =>
  step.bindings.some(({ value }) => same.has(value))
    ? {
        ...step,
        bindings: step.bindings.map((binding) => ({ ...binding, value: same.get(binding.value) ?? binding.value })),
      }
    : step

/**
 * Steps that run once without those that repeat another, as a layer and its gradient pack one weight; and of what they would have written
 * which values are the same.
 */
const withoutRepeats = (steps: readonly PlanStep[]) => {
  const writers = new Map<number, number>()
  for (const id of steps.flatMap(writtenBy)) writers.set(id, (writers.get(id) ?? 0) + 1)
  const isAlone = (step: PlanStep): boolean =>
    step.bindings.every(({ access, value }) => access === "read" || (access === "write" && writers.get(value) === 1))
  const known = new Map<string, PlanStep>()
  const same = new Map<number, number>()
  const kept = steps.flatMap((given) => {
    const step = renamed(given, same)
    if (!isAlone(step)) return [step]
    const read = step.bindings.map(({ access, value }) => (access === "read" ? value : access))
    const key = JSON.stringify([step.wgsl, step.params, step.grid, read])
    const first = known.get(key)
    if (first === undefined) {
      known.set(key, step)
      return [step]
    }
    for (const [i, id] of writtenBy(step).entries()) same.set(id, writtenBy(first)[i]!)
    return []
  })
  return { kept, same }
}

/** Peaks without those that are kept, numbered anew. */
const renumberPeaks = (builder: Builder): void => {
  let at = 0
  for (const [id, value] of builder.values.entries())
    if (value.storage.kind === "peak") builder.values[id] = { ...value, storage: { kind: "peak", at: at++ } }
}

/**
 * Takes the steps out that depend on frozen inputs alone: the first run with these inputs does them, later ones read what they
 * left. On what `largest` allows, see `preparations`.
 */
export const prepare = (
  builder: Builder,
  steps: readonly PlanStep[],
  frozen: ReadonlySet<number>,
  largest: number,
): Prepared => {
  const once = frozen.size === 0 ? new Set<PlanStep>() : runOnce(builder, steps, frozen, largest)
  const { kept: preparation, same } = withoutRepeats(steps.filter((step) => once.has(step)))
  for (const id of preparation.flatMap(writtenBy))
    builder.values[id] = { ...builder.values[id]!, storage: { kind: "prepared" } }
  renumberPeaks(builder)
  return { preparation, steps: steps.filter((step) => !once.has(step)).map((step) => renamed(step, same)) }
}
