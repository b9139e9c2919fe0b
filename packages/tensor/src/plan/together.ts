import { dependenceOf, type Dependence } from "./dependence.ts"
import { fitsOneLaunch, joinables, joinSteps, type Joinable, type Launching } from "./joinSteps.ts"
import type { PlanStep, PlanValue } from "./plan.ts"

/** A launch as it grows: positions of its steps, and when it runs, as the position of a step before the moves. */
interface Launch {
  readonly steps: number[]
  readonly joined: Joinable[]
  time: number
}

const isSlot = (values: readonly PlanValue[], id: number): boolean => values[id]!.storage.kind === "slot"

const slotsOf = (step: PlanStep, values: readonly PlanValue[]): readonly number[] => [
  ...new Set(step.bindings.map(({ value }) => value).filter((value) => isSlot(values, value))),
]

/** Values of slots as steps move: when each lives, and the bytes that live at each time. */
const livesOf = (steps: readonly PlanStep[], values: readonly PlanValue[], kept: ReadonlySet<number>) => {
  const spans = new Map<number, { readonly first: number; readonly last: number }>()
  for (const [at, step] of steps.entries())
    for (const id of slotsOf(step, values))
      spans.set(id, { first: spans.get(id)?.first ?? at, last: kept.has(id) ? steps.length : at })
  const bytes = new Float64Array(steps.length + 1)
  const add = (id: number, from: number, to: number): void => {
    for (let time = from; time <= to; time++) bytes[time]! += values[id]!.bytes
  }
  for (const [id, { first, last }] of spans) add(id, first, last)
  /** Times between a value's life and `time`. */
  const gap = (id: number, time: number): readonly [from: number, to: number] => {
    const { first, last } = spans.get(id)!
    return time < first ? [time, first - 1] : [last + 1, time]
  }
  /** Whether no more than `room` lives at any time if these values lived at `time` as well. */
  const fits = (ids: readonly number[], time: number, room: number): boolean => {
    const added = new Map<number, number>()
    for (const id of new Set(ids)) {
      const [from, to] = gap(id, time)
      for (let t = from; t <= to; t++) {
        added.set(t, (added.get(t) ?? 0) + values[id]!.bytes)
        if (bytes[t]! + added.get(t)! > room) return false
      }
    }
    return true
  }
  const extend = (ids: readonly number[], time: number): void => {
    for (const id of new Set(ids)) {
      add(id, ...gap(id, time))
      const { first, last } = spans.get(id)!
      spans.set(id, { first: Math.min(first, time), last: Math.max(last, time) })
    }
  }
  return { fits, extend, most: bytes.reduce((most, each) => Math.max(most, each), 0) }
}

/** Launches that a step looks at before it takes one of its own. */
const considered = 400

interface Search {
  readonly steps: readonly PlanStep[]
  readonly values: readonly PlanValue[]
  readonly launching: Launching
  readonly dependence: Dependence
  readonly launches: Launch[]
  readonly launchOf: Map<number, Launch>
  readonly room: number
  readonly live: ReturnType<typeof livesOf>
}

/** When a launch runs if a step joins it; null where it must not: at its own time, or at the step's where nobody needs it before. */
const timeTogether = (search: Search, launch: Launch, at: number, joinable: Joinable): number | null => {
  const { dependence, launchOf, live, room, steps, values, launching } = search
  const isReady = [...dependence.before[at]!].every((earlier) => launchOf.get(earlier)!.time < launch.time)
  const waits = (): boolean =>
    launch.steps.every((step) => [...dependence.after[step]!].every((later) => later > at && !launchOf.has(later)))
  if (!isReady && !waits()) return null
  const time = isReady ? launch.time : at
  const moved = isReady ? [at] : launch.steps
  const slots = moved.flatMap((step) => slotsOf(steps[step]!, values))
  const fits = live.fits(slots, time, room) && fitsOneLaunch([...launch.joined, joinable], values, launching)
  return fits ? time : null
}

/** Bytes that nobody misses: programs whose slots take no more share launches whatever that keeps alive. */
export const littleBytes = 2 ** 24

/** Launches that a step may join, those of its own text first: they need no pipeline of their own. */
const candidatesFor = ({ launches }: Search, step: PlanStep): readonly Launch[] => {
  const recent = launches.slice(-considered).filter(({ joined }) => joined.length > 0)
  const isAlike = ({ joined }: Launch): boolean => joined[0]!.step.wgsl === step.wgsl
  return [...recent.filter(isAlike).toReversed(), ...recent.filter((launch) => !isAlike(launch)).toReversed()]
}

const join = (search: Search, at: number, joinable: Joinable): boolean => {
  const { steps, values, live, launchOf } = search
  for (const launch of candidatesFor(search, steps[at]!)) {
    const time = timeTogether(search, launch, at, joinable)
    if (time === null) continue
    launch.steps.push(at)
    launch.joined.push(joinable)
    launch.time = time
    launchOf.set(at, launch)
    live.extend(
      launch.steps.flatMap((step) => slotsOf(steps[step]!, values)),
      time,
    )
    return true
  }
  return false
}

const place = (search: Search, at: number, joinable: Joinable | null): void => {
  if (joinable !== null && join(search, at, joinable)) return
  const alone: Launch = { steps: [at], joined: joinable === null ? [] : [joinable], time: at }
  search.launches.push(alone)
  search.launchOf.set(at, alone)
}

/**
 * The same steps in fewer launches: those that need nothing of each other share one, side by side, where the adapter's limits hold
 * both. Each computes the same bits as by itself. Steps move to share a launch only where no more than `share` of the bytes lives
 * at a time that lives now; `kept` are values that are needed after the last step.
 */
export const together = (
  steps: readonly PlanStep[],
  values: readonly PlanValue[],
  launching: Launching,
  { kept, share }: { readonly kept: ReadonlySet<number>; readonly share: number },
): readonly PlanStep[] => {
  const live = livesOf(steps, values, kept)
  const dependence = dependenceOf(steps, values)
  const search: Search = {
    steps,
    values,
    launching,
    dependence,
    launches: [],
    launchOf: new Map(),
    room: Math.max(live.most * share, littleBytes),
    live,
  }
  const joinable = joinables()
  for (const [at, step] of steps.entries()) place(search, at, joinable(step))
  return search.launches
    .toSorted((a, b) => a.time - b.time)
    .map(({ steps: own, joined }) => (own.length === 1 ? steps[own[0]!]! : joinSteps(joined, launching.facts)))
}
