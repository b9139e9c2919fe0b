import { applyOp, withPrecisionOf, type Op, type Tensor } from "@diva/tensor"

/** What was described since some moment, and the older tensors it reads. */
export interface Recording {
  readonly output: Tensor
  /** Tensors from before, in order of description: arguments and whatever the function closed over. */
  readonly boundary: readonly Tensor[]
  /** Nodes between boundary and output, in order of description. */
  readonly nodes: readonly Tensor[]
}

// Program inputs and host constants have no computation to repeat.
const isSource = ({ op }: Tensor): boolean => op.lowering.kind === "source"

/** Cuts the expression `output` where it reaches tensors older than id `start`. */
export const recordingSince = (start: number, output: Tensor): Recording => {
  const seen = new Set<Tensor>()
  const stack = [output]
  while (stack.length > 0) {
    const node = stack.pop()!
    if (seen.has(node)) continue
    seen.add(node)
    if (node.id >= start) stack.push(...node.inputs)
  }
  const order = [...seen].toSorted((a, b) => a.id - b.id)
  return { output, boundary: order.filter(({ id }) => id < start), nodes: order.filter(({ id }) => id >= start) }
}

/** The recorded expression described again, reading `boundary` instead of its own: one substitute for each. */
export const replay = (recording: Recording, boundary: readonly Tensor[]): Tensor => {
  const now = new Map(recording.boundary.map((tensor, i) => [tensor, boundary[i]!]))
  for (const node of recording.nodes) {
    const inputs = node.inputs.map((input) => now.get(input)!)
    now.set(
      node,
      isSource(node) ? node : withPrecisionOf(node, () => applyOp(node.op as unknown as Op, inputs, node.attributes)),
    )
  }
  return now.get(recording.output)!
}
