import { showChoice } from "../text/choice.ts"
import type { Profile, StepProfile } from "./profile.ts"

/** Time and work of several dispatches together. */
export interface Work {
  readonly dispatches: number
  /** Copies into textures included. */
  readonly seconds: number
  readonly staging: number
  readonly flops: number
  readonly bytes: number
  /** Share of the program's time. */
  readonly share: number
  /** Of the adapter's measured multiply-add rate, and of its measured copy rate. */
  readonly flopsShare: number
  readonly bytesShare: number
}

/** What the same kernels did wherever the program needed them. */
export interface KernelWork extends Work {
  readonly label: string
  readonly family: string
  readonly choice: string
  /** Fusion groups that these are. */
  readonly groups: number
  /** Where the first of them was described. */
  readonly at: string
}

export interface FamilyWork extends Work {
  readonly family: string
}

const sum = <A>(items: readonly A[], of: (item: A) => number): number =>
  items.reduce((total, item) => total + of(item), 0)

const ratio = (part: number, whole: number): number => (whole > 0 ? part / whole : 0)

const workOf = ({ ceilings, seconds: all }: Profile, steps: readonly StepProfile[]): Work => {
  const staging = sum(steps, (step) => step.staging)
  const seconds = staging + sum(steps, (step) => step.compute)
  const flops = sum(steps, (step) => step.flops)
  const bytes = sum(steps, (step) => step.bytes)
  return {
    dispatches: steps.length,
    seconds,
    staging,
    flops,
    bytes,
    share: ratio(seconds, all),
    flopsShare: ratio(flops, seconds * ceilings.flopsPerSecond),
    bytesShare: ratio(bytes, seconds * ceilings.bytesPerSecond),
  }
}

const partsBy = <A>(items: readonly A[], key: (item: A) => string | number): readonly (readonly A[])[] => {
  const parts = new Map<string | number, A[]>()
  for (const item of items) {
    const part = parts.get(key(item))
    if (part === undefined) parts.set(key(item), [item])
    else part.push(item)
  }
  return [...parts.values()]
}

/** A group is known by its longest dispatch. */
const leading = (group: readonly StepProfile[]): StepProfile =>
  group.reduce((a, b) => (b.compute + b.staging > a.compute + a.staging ? b : a))

const kindOf = (group: readonly StepProfile[]): string =>
  JSON.stringify(group.map(({ label, family, choice, flops, bytes }) => [label, family, choice, flops, bytes]))

/** Work by kernel: groups that do the same on other numbers count as one, longest first. */
export const kernelWork = (profile: Profile): readonly KernelWork[] =>
  partsBy(
    partsBy(profile.steps, ({ group }) => group),
    kindOf,
  )
    .map((groups) => {
      const { label, family, choice, at } = leading(groups[0]!)
      return { ...workOf(profile, groups.flat()), label, family, choice: showChoice(choice), groups: groups.length, at }
    })
    .toSorted((a, b) => b.seconds - a.seconds)

/** Work by kernel family, longest first. */
export const familyWork = (profile: Profile): readonly FamilyWork[] =>
  partsBy(profile.steps, ({ family }) => family)
    .map((steps) => ({ ...workOf(profile, steps), family: steps[0]!.family }))
    .toSorted((a, b) => b.seconds - a.seconds)

/** All of the program's work. */
export const totalWork = (profile: Profile): Work => workOf(profile, profile.steps)
