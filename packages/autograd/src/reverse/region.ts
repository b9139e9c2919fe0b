import type { DType, Tensor } from "@diva/tensor"

/** Whether a tensor can carry a derivative: integers and booleans are locally constant. */
export const isDifferentiable = ({ dtype }: { readonly dtype: DType }): boolean => dtype === "f32" || dtype === "f16"

// stopGradient(x) is a constant: what only depends on x through it needs no derivative, and so no rule.
const passes = (node: Tensor): boolean => isDifferentiable(node) && node.op.name !== "stopGradient"

// A node is described after its inputs, so whatever depends on a leaf has a larger id than the oldest leaf: the walk
// stops there, and at the leaves, and so never visits what was described before the differentiated function.
const walked = (outputs: readonly Tensor[], leaves: ReadonlySet<Tensor>): readonly Tensor[] => {
  const oldest = [...leaves].reduce((id, leaf) => Math.min(id, leaf.id), Infinity)
  const seen = new Set<Tensor>()
  const stack = [...outputs]
  while (stack.length > 0) {
    const node = stack.pop()!
    if (node.id < oldest || seen.has(node)) continue
    seen.add(node)
    if (!leaves.has(node)) stack.push(...node.inputs)
  }
  return [...seen].toSorted((a, b) => a.id - b.id)
}

/**
 * Nodes through which `outputs` depend on `leaves` differentiably, leaves included, in order of description. What a
 * leaf itself depends on lies outside: leaves cut the graph.
 */
export const regionBetween = (leaves: ReadonlySet<Tensor>, outputs: readonly Tensor[]): readonly Tensor[] => {
  const dependent = new Set<Tensor>()
  for (const node of walked(outputs, leaves))
    if (leaves.has(node) || (passes(node) && node.inputs.some((input) => dependent.has(input)))) dependent.add(node)
  return [...dependent]
}
