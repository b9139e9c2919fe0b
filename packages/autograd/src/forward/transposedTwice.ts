import { cast, raise, variable, zeros, type Tensor } from "@diva/tensor"
import { isDifferentiable } from "../reverse/region.ts"
import { ruleOf } from "../reverse/rule.ts"
import { sweepReached, type Seed } from "../reverse/sweep.ts"

// Only what was described after the stand-in can read it.
const reads = (result: Tensor, standIn: Tensor): boolean => {
  const seen = new Set<Tensor>()
  const stack = [result]
  while (stack.length > 0) {
    const node = stack.pop()!
    if (node === standIn) return true
    if (node.id < standIn.id || seen.has(node)) continue
    seen.add(node)
    stack.push(...node.inputs)
  }
  return false
}

const requireLinear = (node: Tensor, result: Tensor, standIn: Tensor): Tensor =>
  reads(result, standIn)
    ? raise({
        _tag: "NotDifferentiable",
        op: node.op.name,
        rule: "its rule of reverse mode is not linear in the cotangent, so that no derivative of forward mode agrees with it",
        remedy: "a rule that clips or rounds its cotangent serves grad and vjp alone",
      })
    : result

/**
 * The tangent of a node by its rule of reverse mode. That rule, u ↦ Jᵀu, is linear in its cotangent u; transposed once more it is
 * v ↦ J·v. A stand-in takes the place of u and leaves no trace: what is linear in u does not read u when it is transposed.
 */
export const transposedTwice = (node: Tensor, tangents: readonly (Tensor | undefined)[]): Tensor => {
  const standIn = variable(zeros(node.shape, node.dtype))
  const parts = ruleOf(node)({
    inputs: node.inputs,
    output: node,
    cotangent: standIn,
    attributes: node.attributes,
    needed: tangents.map((tangent) => tangent !== undefined),
  })
  const seeds = tangents.flatMap((tangent, i): readonly Seed[] => {
    const part = parts[i]
    return tangent === undefined || !part || !isDifferentiable(part)
      ? []
      : [{ output: part, cotangent: cast(tangent, part.dtype) }]
  })
  const [pushed] = sweepReached(seeds, [standIn])
  return pushed === undefined ? zeros(node.shape, node.dtype) : requireLinear(node, pushed, standIn)
}
