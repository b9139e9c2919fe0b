import { withInputs } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import type { Group } from "../kernels/dispatch/group.ts"
import type { Kernel, Unfinished } from "../kernels/dispatch/kernel.ts"
import { finished, isSum } from "../kernels/partial/op.ts"
import { reachable } from "../graph/reachable.ts"

/** Readers load as many elements for one of a result themselves; what takes more is better finished once. */
const mostLoads = 16

/** The same of readers that do so once for each element, in the first of their walks. */
const mostInWalk = 64

/** What a group's kernels leave to the last of them, where a reader could do its work: any, or those alone that walk rows. */
export const unfinishedBy = (kernels: readonly Kernel[], isWalked: boolean): Unfinished | null => {
  const { finishes } = kernels.at(-1)!
  if (finishes === undefined || finishes.loads === 1) return null
  const most = isWalked ? mostInWalk : isSum(finishes) ? mostLoads : 0
  return finishes.loads <= most ? finishes : null
}

/**
 * The same graph in which results that a last kernel would finish are nodes of their own, as the groups' kernels were chosen: what adds parts of
 * sums, or transforms planes back, is index arithmetic then, and fuses with what reads the result.
 */
export const withUnfinished = (
  roots: readonly Tensor[],
  groups: readonly Group[],
  unfinishedOf: (group: Group) => Unfinished | null,
): readonly Tensor[] => {
  const left = new Map<Tensor, Unfinished>()
  for (const group of groups) {
    const unfinished = group.anchor === null ? null : unfinishedOf(group)
    if (unfinished !== null) left.set(group.anchor!, unfinished)
  }
  if (left.size === 0) return roots
  const made = new Map<Tensor, Tensor>()
  for (const tensor of reachable(roots)) {
    const inputs = tensor.inputs.map((input) => made.get(input)!)
    const same = inputs.every((input, i) => input === tensor.inputs[i]) ? tensor : withInputs(tensor, inputs)
    const unfinished = left.get(tensor)
    made.set(tensor, unfinished === undefined ? same : finished(same, unfinished))
  }
  return roots.map((root) => made.get(root)!)
}
