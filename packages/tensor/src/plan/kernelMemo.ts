import type { Tensor } from "../graph/tensor.ts"
import { kernelsFor } from "../kernels/families.ts"
import { isScratch, type Buffer, type Kernel } from "../kernels/dispatch/kernel.ts"
import { canonicalNames } from "./canonicalNames.ts"
import type { Group } from "../kernels/dispatch/group.ts"
import { attributeKey } from "./normalise.ts"
import type { Planning } from "./planning.ts"

/**
 * The tensors a group's kernels may depend on, each after its inputs, as they are met from the root down: an order that follows
 * from the group's structure, not from where in a program it stands.
 */
const tensorsOf = ({ root, outputs, reads, placed }: Group): readonly Tensor[] => {
  const boundary = new Set(reads.filter((read) => !outputs.includes(read)))
  if (placed !== undefined) boundary.add(placed.whole)
  const met = new Set<Tensor>()
  const visit = (tensor: Tensor): void => {
    if (met.has(tensor)) return
    if (!boundary.has(tensor)) tensor.inputs.forEach(visit)
    met.add(tensor)
  }
  for (const start of [root, ...outputs, ...reads]) visit(start)
  return [...met]
}

/** A group as text in which tensors are numbered by their place in `tensors`: groups of one text differ in nothing else. */
const signatureOf = (
  group: Group,
  inPlace: Tensor | null,
  tensors: readonly Tensor[],
  { isFrozen = () => false }: Planning,
): string => {
  const place = new Map(tensors.map((tensor, i) => [tensor, i]))
  const at = (list: readonly Tensor[]): string => list.map((tensor) => place.get(tensor) ?? -1).join(",")
  const among = (list: readonly Tensor[]): string => at(tensors.filter((tensor) => list.includes(tensor)))
  const { root, anchor, reads, inside, outputs, rows, placed } = group
  const isRead = (tensor: Tensor): boolean =>
    tensor === placed?.whole || (reads.includes(tensor) && !outputs.includes(tensor))
  const described = (tensor: Tensor): string =>
    isRead(tensor)
      ? isFrozen(tensor)
        ? "frozen"
        : "read"
      : `${tensor.op.name} ${attributeKey(tensor)} ${at(tensor.inputs)}`
  return [
    ...tensors.map((tensor) => `${tensor.dtype} ${tensor.shape.join("×")} ${described(tensor)}`),
    at([root]),
    at(anchor === null ? [] : [anchor]),
    at(inPlace === null ? [] : [inPlace]),
    ...[reads, inside, outputs, [...(group.peaks?.keys() ?? [])]].map(among),
    ...(placed === undefined ? [] : [JSON.stringify(placed.at)]),
    ...(rows === undefined
      ? []
      : [...[rows.folds, rows.outputs, rows.reads, rows.kept ?? []].map(among), JSON.stringify(rows.domain)]),
  ].join("\n")
}

interface Remembered {
  readonly kernels: readonly Kernel[]
  readonly place: ReadonlyMap<Tensor, number>
}

/** The same kernels on other tensors; `null` where they use one that is none of the group's. */
const moved = ({ kernels, place }: Remembered, tensors: readonly Tensor[]): readonly Kernel[] | null => {
  let isKnown = true
  const counterpart = (buffer: Buffer): Buffer => {
    if (isScratch(buffer)) return buffer
    const found = tensors[place.get(buffer) ?? -1]
    isKnown &&= found !== undefined
    return found ?? buffer
  }
  const all = kernels.map((kernel) => ({
    ...kernel,
    bindings: kernel.bindings.map((binding) => ({ ...binding, buffer: counterpart(binding.buffer) })),
    textures: kernel.textures.map((texture) => ({ ...texture, staged: counterpart(texture.staged) })),
  }))
  return isKnown ? all : null
}

/**
 * `kernelsFor`, writing the shaders of groups that differ only in which tensors they work on once. Blocks of a model repeat, and
 * writing shaders is most of what planning takes.
 */
export const rememberedKernels = (planning: Planning) => {
  const known = new Map<string, Remembered>()
  return (group: Group, inPlace: Tensor | null): readonly Kernel[] => {
    const tensors = tensorsOf(group)
    const signature = signatureOf(group, inPlace, tensors, planning)
    const held = known.get(signature)
    const again = held === undefined ? null : moved(held, tensors)
    if (again !== null) return again
    const written = kernelsFor(group, planning, inPlace)
    const kernels = written.map((kernel) => ({ ...kernel, wgsl: canonicalNames(kernel.wgsl) }))
    known.set(signature, { kernels, place: new Map(tensors.map((tensor, i) => [tensor, i])) })
    return kernels
  }
}
