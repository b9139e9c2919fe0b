import type { Tensor } from "../graph/tensor.ts"
import { withInputs } from "../graph/graph.ts"
import { hostZeros, type DType } from "../dtype/dtype.ts"
import type { Attributes, Op } from "../op/op.ts"
import type { HostArray } from "../host/array.ts"
import { fillOp } from "../ops/fill.ts"
import { mulOp } from "../ops/mul.ts"
import type { PadAttributes } from "../ops/pad.ts"
import type { SliceAttributes } from "../ops/slice.ts"
import { subOp } from "../ops/sub.ts"
import { sameShape } from "../shape/shape.ts"

/** The number that all elements of a tensor are by its description, if there is one. */
export const fillValue = (tensor: Tensor): number | null => {
  if (tensor.op.name === "fill") return tensor.attributes["value"] as number
  return ["expand", "reshape", "slice"].includes(tensor.op.name) ? fillValue(tensor.inputs[0]!) : null
}

const isFillOf = (tensor: Tensor, value: number): boolean => Object.is(fillValue(tensor), value)

const other = (tensor: Tensor, neutral: number): Tensor | null => {
  const [x, y] = tensor.inputs as readonly [Tensor, Tensor]
  if (isFillOf(y, neutral)) return x
  return isFillOf(x, neutral) ? y : null
}

const sameView = (tensor: Tensor): Tensor | null =>
  sameShape(tensor.inputs[0]!.shape, tensor.shape) ? tensor.inputs[0]! : null

const composeReshape = (tensor: Tensor): Tensor | null => {
  const [x] = tensor.inputs as readonly [Tensor]
  return x.op.name === "reshape"
    ? (composeReshape(withInputs(tensor, x.inputs)) ?? withInputs(tensor, x.inputs))
    : sameView(tensor)
}

// One reordering of axes for two.
const composePermute = (tensor: Tensor): Tensor | null => {
  const [x] = tensor.inputs as readonly [Tensor]
  const order = tensor.attributes["order"] as readonly number[]
  if (isIdentityOrder(order)) return x
  if (x.op.name !== "permute") return null
  const inner = x.attributes["order"] as readonly number[]
  const composed = { ...withInputs(tensor, x.inputs), attributes: { order: order.map((axis) => inner[axis]!) } }
  return composePermute(composed) ?? composed
}

const fillLike = (tensor: Tensor, value: number): Tensor => ({
  ...tensor,
  op: fillOp as unknown as Op<never>,
  inputs: [],
  attributes: { shape: tensor.shape, dtype: tensor.dtype, value },
})

// Gradients of slices are pads, and what read the slice reads its part of them: the value itself, or only the padding.
const sliceOfPad = (tensor: Tensor): Tensor | null => {
  const [padded] = tensor.inputs as readonly [Tensor]
  if (padded.op.name !== "pad") return null
  const { low, value } = padded.attributes as unknown as PadAttributes
  const { starts, ends, steps } = tensor.attributes as unknown as SliceAttributes
  const [x] = padded.inputs as readonly [Tensor]
  const window = { steps, starts: starts.map((at, i) => at - low[i]!), ends: ends.map((at, i) => at - low[i]!) }
  if (window.starts.some((at, i) => at >= x.shape[i]! || window.ends[i]! <= 0)) return fillLike(tensor, value)
  if (window.starts.some((at, i) => at < 0 || window.ends[i]! > x.shape[i]!)) return null
  return sameShape(x.shape, tensor.shape) ? x : { ...withInputs(tensor, [x]), attributes: window }
}

// x + (-y) is x - y bit for bit: of one x it shows then that it is nothing of x.
const differenceOf = (tensor: Tensor): Tensor | null => {
  const [x, y] = tensor.inputs as readonly [Tensor, Tensor]
  const of = (left: Tensor, negated: Tensor): Tensor => ({
    ...withInputs(tensor, [left, negated.inputs[0]!]),
    op: subOp as unknown as Op<never>,
  })
  if (y.op.name === "neg") return of(x, y)
  return x.op.name === "neg" ? of(y, x) : null
}

// x / ∞ is 0·x bit for bit, which is written so that it stays NaN where x is infinite or NaN: compilers leave such an x out.
const overInfinity = (tensor: Tensor): Tensor | null => {
  const [x, y] = tensor.inputs as readonly [Tensor, Tensor]
  const value = fillValue(y)
  if (value !== Infinity && value !== -Infinity) return null
  const zero = { ...fillLike(y, 1 / value), id: tensor.id - 0.5 }
  return { ...withInputs(tensor, [x, zero]), op: mulOp as unknown as Op<never> }
}

const isIdentityOrder = (order: readonly number[]): boolean => order.every((axis, i) => axis === i)

const rules: Readonly<Record<string, (tensor: Tensor) => Tensor | null>> = {
  reshape: composeReshape,
  expand: sameView,
  permute: composePermute,
  slice: sliceOfPad,
  cast: (tensor) => (tensor.inputs[0]!.dtype === tensor.dtype ? tensor.inputs[0]! : null),
  // x + (-0) and x · 1 are x bit for bit; x + 0 differs from x only in turning -0 into 0.
  add: (tensor) => other(tensor, 0) ?? other(tensor, -0) ?? differenceOf(tensor),
  mul: (tensor) => other(tensor, 1),
  sub: (tensor) => (isFillOf(tensor.inputs[1]!, 0) ? tensor.inputs[0]! : null),
  div: (tensor) => (isFillOf(tensor.inputs[1]!, 1) ? tensor.inputs[0]! : overInfinity(tensor)),
}

// WGSL refuses constant expressions that are not finite or divide by 0, and devices round what compilers compute by other rules
// than what they run: an op of constants alone is computed here, by its reference.
const foldConstants = (tensor: Tensor): Tensor | null => {
  const op = tensor.op as unknown as Op<Attributes>
  if (op.lowering.kind !== "pointwise" || tensor.inputs.length === 0) return null
  const values = tensor.inputs.map(fillValue)
  if (values.includes(null)) return null
  const single = (dtype: DType, value: number): HostArray => {
    const data = hostZeros(dtype, 1)
    data[0] = value
    return { shape: [1], dtype, data }
  }
  const output = single(tensor.dtype, 0)
  op.cpu(
    tensor.inputs.map(({ dtype }, i) => single(dtype, values[i]!)),
    output,
    tensor.attributes,
  )
  return fillLike(tensor, output.data[0]!)
}

/** A cheaper node of the same value, or the node itself. */
export const simplify = (tensor: Tensor): Tensor => foldConstants(tensor) ?? rules[tensor.op.name]?.(tensor) ?? tensor
