import type { DType } from "../dtype/dtype.ts"
import { raise } from "../error.ts"
import { applyOp, isTensor, requireTensor } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import type { Attributes, Op } from "../op/op.ts"
import { notHeld } from "../dtype/heldNumber.ts"
import { clashes } from "../shape/disagreement.ts"
import { describeValue, remedyFor } from "../text/operand.ts"
import { broadcastShapes, sameShape, type Shape } from "../shape/shape.ts"
import { expand } from "./expand.ts"
import { fill } from "./fill.ts"

/**
 * A tensor, or a number that takes the element type of the other operand. One that this type does not hold (a fraction beside
 * integers, a negative beside u32) is refused by a `DTypeMismatch`.
 */
export type Operand = Tensor | number

/** Reads both ways: `add(x, y)` and `pipe(x, add(y))`. */
export interface Binary {
  (x: Operand, y: Operand): Tensor
  (y: Operand): (x: Operand) => Tensor
}

const refuseOperand = (op: string, value: unknown): never =>
  raise({
    _tag: "InvalidData",
    op,
    rule: `an operand is a tensor or a number, got ${describeValue(value)}`,
    remedy: remedyFor(value),
  })

const lift = (op: string, value: Operand, operands: readonly Operand[], fallback: DType): Tensor => {
  if (isTensor(value)) return value
  if (typeof value !== "number") return refuseOperand(op, value)
  const beside = operands.find(isTensor)
  const dtype = beside?.dtype ?? fallback
  const refused = notHeld(value, dtype)
  if (refused === null) return fill([], value, dtype)
  const named = operands.flatMap((operand, i) =>
    isTensor(operand) ? [{ name: "xyz"[i]!, shape: operand.shape, dtype: operand.dtype }] : [],
  )
  return raise({ _tag: "DTypeMismatch", op, operands: named, ...refused })
}

const common = (op: string, tensors: readonly Tensor[]): Shape =>
  tensors.reduce<Shape>((shape, tensor) => {
    const joined = broadcastShapes(shape, tensor.shape)
    if (joined !== null) return joined
    const marks = clashes(tensors.map((each) => each.shape))
    const operands = tensors.map(({ shape, dtype }, i) => ({
      name: "xyz"[i] ?? `input ${i}`,
      shape,
      dtype,
      marked: marks[i]!,
    }))
    return raise({
      _tag: "ShapeMismatch",
      op,
      operands,
      rule: "shapes must broadcast: each axis pair equal or 1, counted from the last",
      remedy: "reshape an operand so that its axes line up from the right",
    })
  }, [])

/** Lifts numbers and broadcasts operands to one shape, so that pointwise ops see equal shapes only. */
export const broadcastTogether = (
  op: string,
  operands: readonly Operand[],
  fallback: DType = "f32",
): readonly Tensor[] => {
  const tensors = operands.map((operand) => lift(op, operand, operands, fallback))
  const shape = common(op, tensors)
  return tensors.map((tensor) => (sameShape(tensor.shape, shape) ? tensor : expand(tensor, shape)))
}

export function unaryCall(op: Op<Attributes>): (x: Tensor) => Tensor {
  return (x) => applyOp(op, [requireTensor(op.name, x)], {})
}

export function binaryCall(op: Op<Attributes>): Binary {
  const call = (x: Operand, y: Operand): Tensor => applyOp(op, broadcastTogether(op.name, [x, y]), {})
  return ((...operands: readonly [Operand] | readonly [Operand, Operand]) =>
    operands.length === 1 ? (x: Operand) => call(x, operands[0]) : call(operands[0], operands[1])) as Binary
}
