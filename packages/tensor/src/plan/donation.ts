import type { Tensor } from "../graph/tensor.ts"
import { sizeOf } from "../shape/shape.ts"
import { sameLayout } from "./fusion.ts"
import type { Group } from "../kernels/dispatch/group.ts"

/** An output of a program with its path in the returned tree. */
export interface NamedOutput {
  readonly path: string
  readonly tensor: Tensor
}

/** Which donated input's buffer each output takes over, by position of the output. */
export type Matches = ReadonlyMap<number, Tensor>

/** Pairs outputs with donated inputs: the same path first, then the same shape and type, in order. */
export const matchDonations = (outputs: readonly NamedOutput[], donated: readonly Tensor[]): Matches => {
  const free = new Set(donated)
  const matches = new Map<number, Tensor>()
  const take = (position: number, fits: (input: Tensor) => boolean): void => {
    const found = matches.has(position)
      ? undefined
      : [...free].find((input) => sameLayout(input, outputs[position]!.tensor) && fits(input))
    if (found === undefined) return
    matches.set(position, found)
    free.delete(found)
  }
  for (const position of outputs.keys()) take(position, (input) => input.attributes["path"] === outputs[position]!.path)
  for (const position of outputs.keys()) take(position, () => true)
  return matches
}

const keepsOrder = (tensor: Tensor, size: number): boolean => {
  const { kind } = (tensor.op as unknown as { lowering: { kind: string } }).lowering
  return sizeOf(tensor.shape) === size && (kind === "pointwise" || tensor.op.name === "reshape")
}

/** Whether a group reads `input` only at the place it writes, so that its root may overwrite it. */
export const readsInPlace = (group: Group, input: Tensor): boolean =>
  group.inside.every(
    (tensor) =>
      !tensor.inputs.includes(input) ||
      (tensor !== group.anchor && !belowAnchor(group, tensor) && ordered(group, tensor)),
  )

const size = (group: Group): number => sizeOf(group.root.shape)

// Every path from the root down to `tensor` must keep the order of elements.
const ordered = (group: Group, tensor: Tensor): boolean => {
  if (!keepsOrder(tensor, size(group))) return false
  return (
    tensor === group.root ||
    group.inside.filter((reader) => reader.inputs.includes(tensor)).every((reader) => ordered(group, reader))
  )
}

const belowAnchor = ({ anchor }: Group, tensor: Tensor): boolean => {
  if (anchor === null) return false
  const stack = [...anchor.inputs]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node === tensor) return true
    if (node.id >= tensor.id) stack.push(...node.inputs)
  }
  return false
}

/** Whether `groups[at]` may write straight into the buffer of `input`: nobody reads it later, and it reads in place itself. */
export const mayOverwrite = (groups: readonly Group[], at: number, input: Tensor): boolean =>
  groups[at]!.rows === undefined &&
  groups.every((group, i) =>
    i > at ? !group.reads.includes(input) : i < at || !group.reads.includes(input) || readsInPlace(group, input),
  )

/** The groups with those last that only finish donated outputs, so that other readers of the donated inputs come first. */
export const sinkUpdates = (groups: readonly Group[], updated: ReadonlySet<Tensor>): readonly Group[] => {
  const read = new Set(groups.flatMap(({ reads }) => reads))
  const sinks = (group: Group): boolean => group.rows === undefined && updated.has(group.root) && !read.has(group.root)
  return [...groups.filter((group) => !sinks(group)), ...groups.filter(sinks)]
}
