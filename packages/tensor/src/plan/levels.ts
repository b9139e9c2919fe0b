import { byDepth, dependenceOf } from "./dependence.ts"
import { fitsOneLaunch, joinables, joinSteps, type Joinable, type Launching } from "./joinSteps.ts"
import type { PlanStep, PlanValue } from "./plan.ts"

/** Which level a step that has a choice takes: the first of those with room for it, or the last. */
export type Preference = "early" | "late"

/** Levels from the first possible one, or from the last, at which a step looks for a launch to join: later ones would keep what it reads for long. */
const considered = 160

/** Steps of one level need nothing of each other; each level has its launches. */
type Levels = Map<number, Joinable[][]>

interface Bounds {
  /** The first level at which a step can be, and the last at which nobody waits for it, before any is placed. */
  readonly first: readonly number[]
  readonly last: readonly number[]
}

const boundsOf = (steps: readonly PlanStep[], values: readonly PlanValue[]) => {
  const dependence = dependenceOf(steps, values)
  const first: number[] = []
  for (const needed of dependence.before) first.push(1 + Math.max(0, ...[...needed].map((earlier) => first[earlier]!)))
  const length = first.reduce((most, each) => Math.max(most, each), 0)
  const last = new Array<number>(steps.length).fill(length)
  for (let at = steps.length - 1; at >= 0; at--)
    for (const later of dependence.after[at]!) last[at] = Math.min(last[at]!, last[later]! - 1)
  return { dependence, bounds: { first, last } satisfies Bounds }
}

/** A launch of a level that can take a step; those of its own text first, which need no pipeline of their own. */
const launchFor = (
  launches: readonly Joinable[][],
  joinable: Joinable,
  values: readonly PlanValue[],
  launching: Launching,
): Joinable[] | undefined => {
  const isAlike = (launch: readonly Joinable[]): boolean => launch.some(({ step }) => step.wgsl === joinable.step.wgsl)
  const sorted = launches.toSorted((a, b) => Number(isAlike(b)) - Number(isAlike(a)))
  return sorted.find((launch) => fitsOneLaunch([...launch, joinable], values, launching))
}

/**
 * The same steps in launches by levels: those on which the longest chain depends have theirs, and all others go to launches between
 * what they need and who needs them, where an adapter's limits hold them; a launch of its own has only what finds none.
 */
export const byLevels = (
  steps: readonly PlanStep[],
  values: readonly PlanValue[],
  launching: Launching,
  preference: Preference = "early",
): readonly PlanStep[] => {
  const isLate = preference === "late"
  const ordered = byDepth(steps, values)
  const { dependence, bounds } = boundsOf(ordered, values)
  const levels: Levels = new Map()
  const alone = new Map<number, PlanStep[]>()
  const placed = new Map<number, number>()
  const joinable = joinables()
  const open = (at: number, level: number, found: Joinable | null): void => {
    if (found === null) alone.set(level, [...(alone.get(level) ?? []), ordered[at]!])
    else levels.set(level, [...(levels.get(level) ?? []), [found]])
    placed.set(at, level)
  }
  const place = (at: number): void => {
    const from = Math.max(
      bounds.first[at]!,
      ...[...dependence.before[at]!].map((earlier) => (placed.get(earlier) ?? 0) + 1),
    )
    const to = Math.min(
      bounds.last[at]!,
      ...[...dependence.after[at]!].map((later) => (placed.get(later) ?? Infinity) - 1),
    )
    const found = joinable(ordered[at]!)
    const preferred = isLate ? to : from
    const tried = Array.from({ length: Math.min(to - from, considered) + 1 }, (_, i) => preferred + (isLate ? -i : i))
    for (const level of found === null ? [] : tried) {
      const launch = launchFor(levels.get(level) ?? [], found!, values, launching)
      if (launch === undefined) continue
      launch.push(found!)
      placed.set(at, level)
      return
    }
    open(at, preferred, found)
  }
  const isCritical = (at: number): boolean => bounds.first[at] === bounds.last[at]
  const places = ordered.map((_, at) => at)
  for (const at of places) if (isCritical(at)) place(at)
  // What a step needs is placed before it, or what needs it.
  for (const at of isLate ? places.toReversed() : places) if (!isCritical(at)) place(at)
  const numbers = [...new Set([...levels.keys(), ...alone.keys()])].toSorted((a, b) => a - b)
  return numbers.flatMap((level) => [
    ...(alone.get(level) ?? []),
    ...(levels.get(level) ?? []).map((launch) =>
      launch.length === 1 ? launch[0]!.step : joinSteps(launch, launching.facts),
    ),
  ])
}
