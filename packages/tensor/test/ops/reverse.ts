import { isFloating } from "../../src/dtype/dtype.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import { reachable } from "../../src/graph/reachable.ts"
import type { Attributes, Op } from "../../src/op/op.ts"
import { add } from "../../src/ops/add.ts"
import { ones, zeros } from "../../src/ops/fill.ts"

const contributions = (node: Tensor, cotangent: Tensor): readonly (Tensor | null)[] => {
  const { vjp, name } = node.op as unknown as Op<Attributes>
  if (typeof vjp !== "function") throw new Error(`${name} was reached by a gradient: ${vjp.none}`)
  return vjp({ inputs: node.inputs, output: node, cotangent, attributes: node.attributes })
}

/** Gradients of a scalar by the ops' own rules: the whole of reverse mode that the laws of ops need. */
export const gradients = (scalar: Tensor, wrt: readonly Tensor[]): readonly Tensor[] => {
  const cotangents = new Map<Tensor, Tensor>([[scalar, ones([], scalar.dtype)]])
  for (const node of reachable([scalar]).toReversed()) {
    const cotangent = cotangents.get(node)
    if (cotangent === undefined || node.inputs.length === 0) continue
    for (const [i, part] of contributions(node, cotangent).entries()) {
      const source = node.inputs[i]!
      if (part === null || !isFloating(source.dtype)) continue
      const held = cotangents.get(source)
      cotangents.set(source, held === undefined ? part : add(held, part))
    }
  }
  return wrt.map((tensor) => cotangents.get(tensor) ?? zeros(tensor.shape, tensor.dtype))
}
