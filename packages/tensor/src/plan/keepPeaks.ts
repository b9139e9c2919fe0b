import { isMagnitude } from "../kernels/magnitude/isMagnitude.ts"
import type { Group } from "../kernels/dispatch/group.ts"
import type { Tensor } from "../graph/tensor.ts"
import { isSource, windowsOf, type FusionLimits } from "./fusion.ts"

const isPeak = ({ root }: Group): boolean => isMagnitude(root)

const measuredBy = ({ reads }: Group): Tensor => reads[0]!

const buffersOf = ({ reads, outputs }: Group, limits: FusionLimits): number =>
  [...new Set([...reads, ...outputs])].reduce((sum, tensor) => sum + windowsOf(tensor, limits), 0)

/** A group that keeps the magnitude of what it stores. */
const withPeak = (group: Group, stored: Tensor, peak: Tensor): Group => ({
  ...group,
  outputs: [peak, ...group.outputs],
  peaks: new Map([...(group.peaks ?? []), [stored, peak]]),
})

/**
 * Magnitudes of several tensors as one group, as many as bindings hold, of inputs that stay: they are found once. Those of others are
 * groups of their own, which go to whatever launches have room before they are needed.
 */
const together = (
  groups: readonly Group[],
  limits: FusionLimits,
  isFrozen: (input: Tensor) => boolean,
): readonly Group[] => {
  const joined: Group[] = []
  for (const group of groups.toSorted((a, b) => Number(isFrozen(measuredBy(b))) - Number(isFrozen(measuredBy(a))))) {
    const last = joined.at(-1)
    const next = last === undefined ? group : joinedWith(last, group)
    const isLike = last !== undefined && isFrozen(measuredBy(last)) && isFrozen(measuredBy(group))
    if (isLike && buffersOf(next, limits) <= limits.storageBuffers) joined[joined.length - 1] = next
    else joined.push(group)
  }
  return joined
}

const joinedWith = (a: Group, b: Group): Group => ({
  ...b,
  reads: [...a.reads, ...b.reads],
  inside: [...a.inside, ...b.inside],
  outputs: [...a.outputs, ...b.outputs],
})

/** Magnitudes right after what they are of: fusion moves kernels and leaves them where they were. */
export const withMagnitudesBehind = (groups: readonly Group[]): readonly Group[] => {
  const behind = new Map(groups.filter(isPeak).map((group) => [measuredBy(group), group]))
  const moved = new Set(groups.flatMap(({ outputs }) => outputs.flatMap((output) => behind.get(output) ?? [])))
  const withOwn = (group: Group): readonly Group[] => [
    group,
    ...group.outputs.flatMap((output) => behind.get(output) ?? []),
  ]
  return groups.flatMap((group) => (moved.has(group) ? [] : withOwn(group)))
}

/**
 * Magnitudes are kept by the kernels that store what they are of; those of the program's inputs are found by kernels of their own
 * before all else, several in one.
 */
export const keepPeaks = (
  groups: readonly Group[],
  limits: FusionLimits,
  isFrozen: (input: Tensor) => boolean,
): readonly Group[] => {
  const wanted = new Map(groups.filter(isPeak).map((group) => [measuredBy(group), group]))
  if (wanted.size === 0) return groups
  const kept = new Set<Group>()
  const storing = groups.map((group) =>
    group.outputs.reduce((held, output) => {
      const peak = isPeak(group) ? undefined : wanted.get(output)
      if (peak === undefined || output.dtype !== "f32" || buffersOf(held, limits) >= limits.storageBuffers) return held
      kept.add(peak)
      return withPeak(held, output, peak.root)
    }, group),
  )
  const ofInputs = groups.filter((group) => isPeak(group) && isSource(measuredBy(group)))
  const elsewhere = new Set([...kept, ...ofInputs])
  return [...together(ofInputs, limits, isFrozen), ...storing.filter((group) => !elsewhere.has(group))]
}
