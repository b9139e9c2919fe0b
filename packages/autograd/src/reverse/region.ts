import type { DType, Tensor } from "@diva/tensor"
import { nodesBetween } from "./nodesBetween.ts"

/** Whether a tensor can carry a derivative: integers and booleans are locally constant. */
export const isDifferentiable = ({ dtype }: { readonly dtype: DType }): boolean => dtype === "f32" || dtype === "f16"

// stopGradient(x) is a constant: what only depends on x through it needs no derivative, and so no rule.
const passes = (node: Tensor): boolean => isDifferentiable(node) && node.op.name !== "stopGradient"

/**
 * Nodes through which `outputs` depend on `leaves` differentiably, leaves included, in order of description. What a
 * leaf itself depends on lies outside: leaves cut the graph.
 */
export const regionBetween = (leaves: ReadonlySet<Tensor>, outputs: readonly Tensor[]): readonly Tensor[] => {
  const dependent = new Set<Tensor>()
  for (const node of nodesBetween(leaves, outputs))
    if (leaves.has(node) || (passes(node) && node.inputs.some((input) => dependent.has(input)))) dependent.add(node)
  return [...dependent]
}
