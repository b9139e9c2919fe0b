import type { Tensor } from "../graph/tensor.ts"
import { matchDonations, mayOverwrite, sinkUpdates } from "./donation.ts"
import type { Group } from "../kernels/dispatch/group.ts"
import type { Program } from "./plan.ts"

/** Path of a program input in the arguments. */
export const pathOf = (input: Tensor): string => input.attributes["path"] as string

/** The groups in the order they run, and which donated inputs they overwrite. */
export interface Layout {
  readonly groups: readonly Group[]
  /** Donated input that each root overwrites. */
  readonly inPlace: ReadonlyMap<Tensor, Tensor>
  /** Donated input for each output, by position of the output. */
  readonly matches: ReadonlyMap<number, Tensor>
}

// Follows from an output to the one that overwrites what it reads, until it comes back or ends.
const closesCircle = (position: number, matches: ReadonlyMap<number, Tensor>, roots: readonly Tensor[]): boolean => {
  const passed = new Set<number>()
  for (let at = position; !passed.has(at);) {
    passed.add(at)
    const next = [...matches].find(([, donated]) => donated === roots[at])?.[0]
    if (next === undefined) return false
    if (next === position) return at !== position
    at = next
  }
  return false
}

/**
 * Donations without those that close a circle: outputs that are each other's donated inputs cannot all be copied into
 * place, since the first copy overwrites what the last one reads. One of them gets a buffer of its own.
 */
const withoutCircles = (
  matches: ReadonlyMap<number, Tensor>,
  roots: readonly Tensor[],
): ReadonlyMap<number, Tensor> => {
  const kept = new Map(matches)
  for (const position of matches.keys()) if (closesCircle(position, kept, roots)) kept.delete(position)
  return kept
}

/** Orders groups so that donated inputs are overwritten after their last reader, where that is possible. */
export const layOut = (program: Program, roots: readonly Tensor[], fused: readonly Group[]): Layout => {
  const inputs = program.inputs.filter((input) => program.donated.has(pathOf(input)))
  const outputs = program.outputs.map(({ path, tensor }, i) => ({ path, tensor: { ...tensor, id: roots[i]!.id } }))
  const matches = withoutCircles(matchDonations(outputs, inputs), roots)
  const updated = new Set([...matches.keys()].map((position) => roots[position]!))
  const groups = sinkUpdates(fused, updated)
  const inPlace = new Map<Tensor, Tensor>()
  for (const [position, input] of matches) {
    const at = groups.findIndex(({ root }) => root === roots[position])
    const free = !roots.includes(input) && !inPlace.has(roots[position]!) && ![...inPlace.values()].includes(input)
    if (at >= 0 && free && mayOverwrite(groups, at, input)) inPlace.set(roots[position]!, input)
  }
  return { groups, inPlace, matches }
}
