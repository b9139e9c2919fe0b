import { withInputs } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { reachable } from "../graph/reachable.ts"
import { scaledOperands } from "../kernels/families.ts"
import { magnitudeOp } from "../kernels/magnitude/op.ts"
import type { Attributes, Op } from "../op/op.ts"
import { exactPolicy } from "../precision/precision.ts"
import { policyOf } from "../precision/policyOf.ts"
import type { Planning } from "./planning.ts"
import { isMovement, stridedSource } from "../kernels/emit/stridedSource.ts"

const loweringOf = (tensor: Tensor): Op<Attributes>["lowering"] => (tensor.op as unknown as Op<Attributes>).lowering

/** max |x| of a stored tensor, as a node of the plan's own: ids only have to stay in the order in which nodes can be computed. */
const magnitudeOf = (x: Tensor): Tensor => ({
  ...x,
  id: x.id + 1e-3,
  op: magnitudeOp as unknown as Tensor["op"],
  inputs: [x],
  attributes: {},
  shape: [1],
})

/** What is stored of an operand: the tensor below its movement ops. */
const storedBelow = (operand: Tensor): Tensor =>
  stridedSource(operand, (tensor) => !isMovement(tensor))?.base ?? operand

const isExact = (tensor: Tensor, planning: Planning): boolean => {
  const { precision } = policyOf(tensor, planning.policy)
  return loweringOf(tensor).kind !== "kernel" || precision === exactPolicy.precision
}

/** A kernel with the magnitudes of the operands that its way scales among its inputs. */
const scaled = (kernel: Tensor, operands: readonly number[], known: Map<Tensor, Tensor>): Tensor => {
  const own = kernel.inputs.length
  const magnitudes = operands.map((operand) => {
    const stored = storedBelow(kernel.inputs[operand]!)
    const held = known.get(stored) ?? magnitudeOf(stored)
    known.set(stored, held)
    return held
  })
  const places = Object.fromEntries(operands.map((operand, i) => [operand, own + i]))
  return {
    ...withInputs(kernel, [...kernel.inputs, ...magnitudes]),
    attributes: { ...kernel.attributes, magnitudes: places },
  }
}

/**
 * The same graph in which kernels that multiply with less than f32 read the largest magnitude of their operands: they scale them by
 * powers of two, so that small gradients and large activations lose nothing to a narrow format's range.
 */
export const withMagnitudes = (outputs: readonly Tensor[], planning: Planning): readonly Tensor[] => {
  const order = reachable(outputs)
  if (order.every((tensor) => isExact(tensor, planning))) return outputs
  const known = new Map<Tensor, Tensor>()
  const made = new Map<Tensor, Tensor>()
  for (const tensor of order) {
    const inputs = tensor.inputs.map((input) => made.get(input)!)
    const same = inputs.every((input, i) => input === tensor.inputs[i]) ? tensor : withInputs(tensor, inputs)
    const operands = isExact(tensor, planning) ? [] : scaledOperands(same, planning)
    made.set(tensor, operands.length === 0 ? same : scaled(same, operands, known))
  }
  return outputs.map((output) => made.get(output)!)
}
