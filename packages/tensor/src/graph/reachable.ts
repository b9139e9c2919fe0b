import type { Tensor } from "./tensor.ts"

/** All nodes that `outputs` depend on, each after its inputs, in order of description. */
export const reachable = (outputs: readonly Tensor[]): readonly Tensor[] => {
  const seen = new Set<Tensor>()
  const stack = [...outputs]
  while (stack.length > 0) {
    const tensor = stack.pop()!
    if (seen.has(tensor)) continue
    seen.add(tensor)
    stack.push(...tensor.inputs)
  }
  return [...seen].toSorted((a, b) => a.id - b.id)
}
