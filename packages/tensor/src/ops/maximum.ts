import { wgsl } from "../codegen/expression.ts"
import { binaryCall } from "./call.ts"
import { isFloating } from "../dtype/dtype.ts"
import { upwardFunctions, maximumFunction } from "../elementary/order.ts"
import { pointwiseOp } from "../op/pointwise.ts"
import { equal } from "./equal.ts"
import { greater } from "./greater.ts"
import { shareGradient } from "./shareGradient.ts"

export const maximumOp = pointwiseOp({
  name: "maximum",
  doc: "maximum(x, y) = the larger of x and y.  NaN where either is.  Where they are equal each gets half of the gradient",
  takes: ["f32", "f16", "i32", "u32"],
  arity: 2,
  cpu: Math.max,
  wgsl: ([x, y], [spec]) => (isFloating(spec!.dtype) ? wgsl`maximum_f32(${x}, ${y})` : wgsl`max(${x}, ${y})`),
  functions: [upwardFunctions, maximumFunction],
  vjp: ({ inputs: [x, y], cotangent }) => shareGradient(cotangent, greater(x!, y!), equal(x!, y!)),
  flops: 1,
  shows: [
    { x: [1, 2], y: [3, -4], gives: [3, 2] },
    { x: [NaN, 1, Infinity, 0], y: [1, NaN, -Infinity, -0], gives: [NaN, NaN, Infinity, 0] },
  ],
})

/** The larger of x and y, broadcast. NaN where either is; equal operands share the gradient. */
export const maximum = binaryCall(maximumOp)
