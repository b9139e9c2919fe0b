import type { KernelFacts } from "../adapter/kernelFacts.ts"
import type { Placement } from "../codegen/placement.ts"
import type { Tensor } from "../graph/tensor.ts"
import type { Group } from "../kernels/dispatch/group.ts"
import { isMagnitude } from "../kernels/magnitude/isMagnitude.ts"
import type { PadAttributes } from "../ops/pad.ts"
import { sizeOf, stridesOf } from "../shape/shape.ts"
import { isContiguous } from "../shape/view.ts"
import { windowsOf } from "./fusion.ts"
import { stridedSource } from "../kernels/emit/stridedSource.ts"

/** A box of the whole that is a stretch of a stored tensor. */
interface Piece {
  readonly base: Tensor
  /** Where the stretch begins in the stored tensor. */
  readonly from: number
  readonly low: readonly number[]
  readonly shape: readonly number[]
}

/** The terms of a sum that is computed inside a group. */
const termsOf = (tensor: Tensor, { inside }: Group): readonly Tensor[] =>
  tensor.op.name === "add" && inside.includes(tensor)
    ? tensor.inputs.flatMap((input) => termsOf(input, { inside } as Group))
    : [tensor]

/** What lies in a box of a padded tensor, if it is a stretch of one that the group reads and all else is 0. */
const pieceOf = (padded: Tensor, { reads }: Group): Piece | null => {
  if (padded.op.name !== "pad") return null
  const { low, value } = padded.attributes as unknown as PadAttributes
  const [x] = padded.inputs as readonly [Tensor]
  const source = value === 0 && low.every((by) => by >= 0) ? stridedSource(x, (node) => reads.includes(node)) : null
  if (source === null || !isContiguous({ ...source.view, offset: 0 })) return null
  return { base: source.base, from: source.view.offset, low, shape: x.shape }
}

const areApart = (a: Piece, b: Piece): boolean =>
  a.shape.some((extent, axis) => a.low[axis]! + extent <= b.low[axis]! || b.low[axis]! + b.shape[axis]! <= a.low[axis]!)

const total = (pieces: readonly Piece[]): number => pieces.reduce((sum, { shape }) => sum + sizeOf(shape), 0)

/** Where a tensor's elements lie in the whole that these pieces of it make up; null where no strides say so. */
const placementOf = (whole: Tensor, base: Tensor, pieces: readonly Piece[]): Placement | null => {
  const sorted = pieces.toSorted((a, b) => a.from - b.from)
  const [first] = sorted as [Piece]
  const each = sizeOf(first.shape)
  const strides = stridesOf(whole.shape)
  const begins = sorted.map(({ low }) => low.reduce((sum, at, axis) => sum + at * strides[axis]!, 0))
  const step = (begins[1] ?? begins[0]!) - begins[0]!
  const isRegular = sorted.every(
    ({ from, shape }, i) =>
      from === i * each &&
      shape.every((extent, axis) => extent === first.shape[axis]) &&
      begins[i] === begins[0]! + i * step,
  )
  if (!isRegular || step < 0 || total(pieces) !== sizeOf(base.shape)) return null
  const axes = first.shape.map((_, axis) => axis).filter((axis) => first.shape[axis] !== 1)
  const place = {
    shape: [...(sorted.length === 1 ? [] : [sorted.length]), ...axes.map((axis) => first.shape[axis]!)],
    strides: [...(sorted.length === 1 ? [] : [step]), ...axes.map((axis) => strides[axis]!)],
    offset: begins[0]!,
  }
  return isInVectors(place) ? place : null
}

/** Whether vectors of four stay together, as kernels store them. */
const isInVectors = ({ shape, strides, offset }: Placement): boolean =>
  strides.at(-1) === 1 && [shape.at(-1)!, ...strides.slice(0, -1), offset].every((each) => each % 4 === 0)

/** Where the tensors lie that a group does nothing but put together: its root, each element of it once. */
const partsOf = (group: Group): ReadonlyMap<Tensor, Placement> | null => {
  const { root, anchor, rows, outputs } = group
  const isAlone = outputs.every((output) => output === root || isMagnitude(output))
  if (anchor !== null || rows !== undefined || !isAlone || root.op.name !== "add") return null
  const pieces = termsOf(root, group).map((term) => pieceOf(term, group))
  if (!pieces.every((piece) => piece !== null) || total(pieces) !== sizeOf(root.shape)) return null
  if (pieces.some((a, i) => pieces.slice(i + 1).some((b) => !areApart(a, b)))) return null
  const places = new Map<Tensor, Placement>()
  for (const base of new Set(pieces.map((piece) => piece.base))) {
    const place = placementOf(
      root,
      base,
      pieces.filter((piece) => piece.base === base),
    )
    if (place === null) return null
    places.set(base, place)
  }
  return places
}

/** A group that stores its root as a part of what another put together, and raises that one's magnitude. */
const placedIn = (group: Group, { root: whole, peaks }: Group, at: Placement): Group => {
  const peak = peaks?.get(whole)
  return {
    ...group,
    placed: { whole, at },
    ...(peak === undefined ? {} : { outputs: [peak, group.root], peaks: new Map([[group.root, peak]]) }),
  }
}

/**
 * Groups without those that only put together what others have made, as the gradients of queries, keys and values are for the product
 * that all three come from: each is stored where it belongs in the whole. On GPUs, where that would be a launch of its own.
 */
export const storedInParts = (
  groups: readonly Group[],
  outputs: ReadonlySet<Tensor>,
  facts: KernelFacts,
): readonly Group[] => {
  if (facts.isSoftware === true) return groups
  const makers = new Map(groups.map((group) => [group.root, group]))
  const readers = new Map<Tensor, number>()
  for (const { reads } of groups) for (const read of reads) readers.set(read, (readers.get(read) ?? 0) + 1)
  const mayBePart = (tensor: Tensor): boolean => {
    const maker = makers.get(tensor)
    return (
      maker !== undefined &&
      maker.anchor !== null &&
      maker.rows === undefined &&
      maker.outputs.length === 1 &&
      tensor.dtype === "f32" &&
      readers.get(tensor) === 1 &&
      !outputs.has(tensor)
    )
  }
  const changed = new Map<Group, Group | null>()
  for (const group of groups) {
    const places = outputs.has(group.root) || windowsOf(group.root, facts) > 1 ? null : partsOf(group)
    if (places === null || ![...places.keys()].every(mayBePart)) continue
    changed.set(group, null)
    for (const [tensor, at] of places) changed.set(makers.get(tensor)!, placedIn(makers.get(tensor)!, group, at))
  }
  return groups.flatMap((group) => {
    const now = changed.get(group)
    return now === null ? [] : [now ?? group]
  })
}
