import { cast, fromHere, withPrecisionOf, type Tensor } from "@diva/tensor"
import { regionBetween } from "../reverse/region.ts"
import { isOwnDerivative, tangentOf } from "./tangentRules.ts"

// A rule of the caller's own replaces what follows from how the value was computed: nothing of that needs a tangent.
const sourcesOf = (node: Tensor): readonly Tensor[] => {
  if (node.op.name !== "customPullback") return node.inputs
  return isOwnDerivative(node) ? node.inputs.slice(0, 1) : node.inputs.slice(1)
}

const movingNodes = (leaves: ReadonlySet<Tensor>, outputs: readonly Tensor[]): readonly Tensor[] => {
  const region = new Set(regionBetween(leaves, outputs))
  const found = new Set<Tensor>()
  const stack = [...outputs]
  while (stack.length > 0) {
    const node = stack.pop()!
    if (!region.has(node) || found.has(node)) continue
    found.add(node)
    if (!leaves.has(node)) stack.push(...sourcesOf(node))
  }
  return [...found].toSorted((a, b) => a.id - b.id)
}

/**
 * Forward mode: Σ over leaves of ∂output/∂leaf · tangent, for each output, as graph; `undefined` where no path leads.
 *
 * Nodes between leaves and outputs are visited earliest first, and their tangents described by the rule of the op, with the
 * precision of the node. Results are ordinary graph. Throws `NotDifferentiable`, naming the op and where it was described.
 */
export const pushForward = (
  outputs: readonly Tensor[],
  tangents: ReadonlyMap<Tensor, Tensor>,
): readonly (Tensor | undefined)[] => fromHere(() => pushed(outputs, tangents))

const pushed = (outputs: readonly Tensor[], tangents: ReadonlyMap<Tensor, Tensor>): readonly (Tensor | undefined)[] => {
  const held = new Map(tangents)
  for (const node of movingNodes(new Set(tangents.keys()), outputs)) {
    if (held.has(node)) continue
    const moved = node.inputs.map((input) => held.get(input))
    if (moved.some((tangent) => tangent !== undefined))
      held.set(
        node,
        cast(
          withPrecisionOf(node, () => tangentOf(node, moved)),
          node.dtype,
        ),
      )
  }
  return outputs.map((output) => held.get(output))
}
