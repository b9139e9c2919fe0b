import type { KernelFacts } from "../adapter/kernelFacts.ts"
import { byteWidth } from "../dtype/dtype.ts"
import type { Tensor } from "../graph/tensor.ts"
import type { Group } from "../kernels/dispatch/group.ts"
import { isMagnitude } from "../kernels/magnitude/isMagnitude.ts"
import { isPartial } from "../kernels/partial/op.ts"
import { sizeOf } from "../shape/shape.ts"
import { readsInPlace } from "./donation.ts"
import { maxExpressionNodes, windowsOf } from "./fusion.ts"

/** Groups that come so much later are left alone: what they store early would be kept for long. */
const nearby = 8

/** Kernels whose tails compute each element of the result once, where it is stored. */
const anchors = new Set(["contract", "conv2d", "conv2dInput"])

/** A group with the position where it runs. */
interface Placed {
  readonly group: Group
  readonly at: number
}

interface Search {
  readonly facts: KernelFacts
  readonly outputs: ReadonlySet<Tensor>
  /** Groups as they are joined, by position. */
  readonly placed: Map<number, Group>
  /** Where each tensor is stored. */
  readonly places: Map<Tensor, number>
  /** Positions of those who read a tensor, magnitudes left out: whoever stores it keeps them. */
  readonly readers: Map<Tensor, Set<number>>
}

const readersOf = ({ readers }: Search, tensor: Tensor): readonly number[] => [...(readers.get(tensor) ?? [])]

const put = ({ placed, places, readers }: Search, { group, at }: Placed): void => {
  placed.set(at, group)
  for (const output of group.outputs) places.set(output, at)
  for (const read of isMagnitude(group.root) ? [] : group.reads)
    readers.set(read, (readers.get(read) ?? new Set<number>()).add(at))
}

const remove = ({ placed, places, readers }: Search, { group, at }: Placed): void => {
  placed.delete(at)
  for (const output of group.outputs) places.delete(output)
  for (const read of group.reads) readers.get(read)?.delete(at)
}

const isPlain = ({ rows, root, outputs: stored }: Group, { outputs }: Search): boolean =>
  rows === undefined &&
  !isMagnitude(root) &&
  !isPartial(root) &&
  stored.every((tensor) => byteWidth(tensor.dtype) === 4 && !outputs.has(tensor))

const mayStoreMore = (group: Group, search: Search): boolean =>
  isPlain(group, search) && (group.anchor === null || anchors.has(group.anchor.op.name))

const isAvailable = ({ places }: Search, reads: readonly Tensor[], at: number): boolean =>
  reads.every((read) => (places.get(read) ?? -1) < at)

/** Where both can run as one: where the first does if the second's operands are there, else where the second does if nobody waits. */
const placeOf = (search: Search, first: Placed, second: Placed): number | null => {
  const others = second.group.reads.filter((read) => !first.group.outputs.includes(read))
  if (isAvailable(search, others, first.at)) return first.at
  const waits = first.group.outputs.some((output) =>
    readersOf(search, output).some((reader) => reader > first.at && reader < second.at),
  )
  return waits ? null : second.at
}

/** Whether the second reads another tensor as large that is made beside the first: kernels of both share a launch. */
const splitsPair = ({ places }: Search, first: Placed, { group }: Placed): boolean =>
  first.group.anchor !== null &&
  group.reads.some(
    (read) =>
      !first.group.outputs.includes(read) &&
      sizeOf(read.shape) === sizeOf(group.root.shape) &&
      first.at - (places.get(read) ?? -Infinity) <= nearby,
  )

const joined = (search: Search, first: Placed, second: Placed): Group => {
  const isNeeded = (tensor: Tensor): boolean => readersOf(search, tensor).some((reader) => reader !== second.at)
  const made = first.group.outputs
  return {
    root: second.group.root,
    anchor: first.group.anchor,
    reads: [...new Set([...first.group.reads, ...second.group.reads.filter((read) => !made.includes(read))])],
    inside: [...new Set([...first.group.inside, ...second.group.inside])],
    outputs: [...made.filter(isNeeded), ...second.group.outputs],
  }
}

/** Every output may have to keep its magnitude, which takes a binding as well. */
const fits = ({ reads, outputs, inside }: Group, facts: KernelFacts): boolean =>
  inside.length <= maxExpressionNodes &&
  reads.reduce((sum, read) => sum + windowsOf(read, facts), 0) +
    outputs.reduce((sum, output) => sum + windowsOf(output, facts) + 1, 0) <=
    facts.storageBuffers

/** What `second` becomes together with one that stores what it reads, and where; null where it is better left alone. */
const together = (search: Search, first: Placed, second: Placed): Placed | null => {
  const size = sizeOf(second.group.root.shape)
  const isAlike =
    second.at - first.at <= nearby &&
    mayStoreMore(first.group, search) &&
    sizeOf(first.group.root.shape) === size &&
    first.group.outputs.every((output) => readsInPlace(second.group, output)) &&
    !splitsPair(search, first, second)
  if (!isAlike) return null
  const at = placeOf(search, first, second)
  const group = joined(search, first, second)
  return at !== null && fits(group, search.facts) ? { group, at } : null
}

const join = (search: Search, second: Placed): void => {
  const producers = [...new Set(second.group.reads.flatMap((read) => search.places.get(read) ?? []))]
  for (const at of producers.toSorted((a, b) => b - a)) {
    const first = { group: search.placed.get(at)!, at }
    const whole = together(search, first, second)
    if (whole === null) continue
    remove(search, first)
    remove(search, second)
    put(search, whole)
    return join(search, whole)
  }
}

/**
 * Element by element work in the kernels that make what it reads, which store both: an activation with what its derivative needs, or
 * the gradients of both factors of a gate. On GPUs, where a launch and a pass over memory cost more than the arithmetic.
 */
export const storeOnTheWay = (
  groups: readonly Group[],
  outputs: ReadonlySet<Tensor>,
  facts: KernelFacts,
): readonly Group[] => {
  if (facts.isSoftware === true) return groups
  const search: Search = { facts, outputs, placed: new Map(), places: new Map(), readers: new Map() }
  for (const [at, group] of groups.entries()) put(search, { group, at })
  for (const [at, group] of groups.entries())
    if (group.anchor === null && isPlain(group, search) && search.placed.get(at) === group) join(search, { group, at })
  return [...search.placed].toSorted(([a], [b]) => a - b).map(([, group]) => group)
}
