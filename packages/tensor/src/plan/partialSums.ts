import { withInputs, type Tensor } from "../graph.ts"
import type { Group } from "../kernels/dispatch/group.ts"
import type { Kernel } from "../kernels/dispatch/kernel.ts"
import { inParts } from "../kernels/partial/op.ts"
import { reachable } from "../reachable.ts"

/** Readers add as many parts themselves; what is in more of them is better added once. */
const mostParts = 16

const partsOf = (kernels: readonly Kernel[]): number => {
  const { joins } = kernels.at(-1)!
  return joins !== undefined && joins <= mostParts ? joins : 1
}

/**
 * The same graph in which sums that workgroups share are nodes of their own, as the groups' kernels were chosen: what adds their parts is
 * pointwise then, and fuses with what reads the sum.
 */
export const withPartialSums = (
  roots: readonly Tensor[],
  groups: readonly Group[],
  kernelsFor: (group: Group) => readonly Kernel[],
): readonly Tensor[] => {
  const parted = new Map<Tensor, number>()
  for (const group of groups) {
    if (group.anchor === null) continue
    const parts = partsOf(kernelsFor(group))
    if (parts > 1) parted.set(group.anchor, parts)
  }
  if (parted.size === 0) return roots
  const made = new Map<Tensor, Tensor>()
  for (const tensor of reachable(roots)) {
    const inputs = tensor.inputs.map((input) => made.get(input)!)
    const same = inputs.every((input, i) => input === tensor.inputs[i]) ? tensor : withInputs(tensor, inputs)
    const parts = parted.get(tensor)
    made.set(tensor, parts === undefined ? same : inParts(same, parts))
  }
  return roots.map((root) => made.get(root)!)
}
