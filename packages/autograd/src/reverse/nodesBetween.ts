import type { Tensor } from "@diva/tensor"

/**
 * What `outputs` are computed from, back to `leaves` and no further, in order of description. A node is described after its
 * inputs, so whatever depends on a leaf has a larger id than the oldest leaf: what was described before that is not visited.
 */
export const nodesBetween = (leaves: Iterable<Tensor>, outputs: readonly Tensor[]): readonly Tensor[] => {
  const ends = new Set(leaves)
  const oldest = [...ends].reduce((id, leaf) => Math.min(id, leaf.id), Infinity)
  const seen = new Set<Tensor>()
  const stack = [...outputs]
  while (stack.length > 0) {
    const node = stack.pop()!
    if (node.id < oldest || seen.has(node)) continue
    seen.add(node)
    if (!ends.has(node)) stack.push(...node.inputs)
  }
  return [...seen].toSorted((a, b) => a.id - b.id)
}
