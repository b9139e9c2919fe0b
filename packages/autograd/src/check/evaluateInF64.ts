import { reachable, sizeOf, type HostArray, type HostData, type Op, type Tensor } from "@diva/tensor"
import { isDifferentiable } from "../reverse/region.ts"

/** Computes tensors from values of program inputs, by path. */
export type Evaluate = (outputs: readonly Tensor[], given: ReadonlyMap<string, HostArray>) => readonly HostArray[]

// CPU references compute in f64 and round where they store: storing f64 leaves nothing to round.
const storage = ({ dtype, shape }: Tensor): HostData => {
  const size = sizeOf(shape)
  if (isDifferentiable({ dtype })) return new Float64Array(size) as unknown as HostData
  return dtype === "i32" ? new Int32Array(size) : new Uint32Array(size)
}

const computed = (node: Tensor, values: ReadonlyMap<Tensor, HostArray>): HostArray => {
  const output: HostArray = { shape: node.shape, dtype: node.dtype, data: storage(node) }
  const inputs = node.inputs.map((input) => values.get(input)!)
  ;(node.op as unknown as Op).cpu(inputs, output, node.attributes)
  return output
}

/** The CPU reference with floating types held in f64: what finite differences need to tell a derivative from rounding. */
export const evaluateInF64: Evaluate = (outputs, given) => {
  const values = new Map<Tensor, HostArray>()
  for (const node of reachable(outputs)) {
    const path = node.op.name === "input" ? (node.attributes["path"] as string) : undefined
    const value = path === undefined ? undefined : given.get(path)
    values.set(node, value ?? computed(node, values))
  }
  return outputs.map((output) => values.get(output)!)
}
