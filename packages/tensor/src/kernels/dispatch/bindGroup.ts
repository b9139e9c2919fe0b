import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { isMagnitude } from "../magnitude/isMagnitude.ts"
import type { Group, GroupBindings } from "./group.ts"
import { bindingFor } from "./kernel.ts"

/** Tensors that a tail stores beside the root, each element where the root's of the same row-major position is computed. */
export const besideRoot = ({ outputs, root, rows }: Group): readonly Tensor[] =>
  rows === undefined ? outputs.filter((output) => output !== root && !isMagnitude(output)) : []

/** The binding of a tensor that a kernel stores, after that of its peak where the group keeps one. */
export const outputEntries = (
  { peaks, placed, root }: Group,
  tensor: Tensor,
  name: string,
  access: "write" | "update",
  limits: KernelFacts,
): GroupBindings["entries"] => {
  const own = bindingFor(tensor, name, access, limits)
  const output = placed !== undefined && tensor === root ? { ...own, placed: placed.at } : own
  const peak = peaks?.get(tensor)
  if (peak === undefined) return [{ buffer: tensor, binding: output }]
  const kept = { ...bindingFor(peak, `peak_${name}`, "peak", limits), subgroups: limits.subgroupSize > 0 }
  return [
    { buffer: peak, binding: kept },
    { buffer: tensor, binding: { ...output, peak: kept.name } },
  ]
}

/** Name of the binding of a tensor that is stored beside the root, by its place among them. */
export const besideName = (place: number): string => `beside${place}`

/** Names bindings of a group. `inPlace` is the donated tensor whose buffer the root takes over. */
export const bindGroup = (group: Group, limits: KernelFacts, inPlace: Tensor | null): GroupBindings => {
  const { root, reads } = group
  const inputs = reads.filter((tensor) => tensor !== inPlace)
  const names = new Map(inputs.map((tensor, i) => [tensor, `in${i}`]))
  const updates = inPlace !== null && reads.includes(inPlace)
  if (updates) names.set(inPlace, "out")
  const entries = [
    ...inputs.map((buffer) => {
      const binding = bindingFor(buffer, names.get(buffer)!, "read", limits)
      return { buffer, binding: isMagnitude(buffer) ? { ...binding, asWritten: true } : binding }
    }),
    ...besideRoot(group).flatMap((tensor, i) => outputEntries(group, tensor, besideName(i), "write", limits)),
    ...outputEntries(group, root, "out", updates ? "update" : "write", limits),
  ]
  return { entries, load: (tensor) => `load_${names.get(tensor)!}`, output: "out" }
}
