import { wgsl } from "../codegen/expression.ts"
import { binaryCall } from "./call.ts"
import { isFloating } from "../dtype/dtype.ts"
import { upwardFunctions, downwardFunctions, minimumFunction } from "../elementary/order.ts"
import { pointwiseOp } from "../op/pointwise.ts"
import { equal } from "./equal.ts"
import { less } from "./less.ts"
import { shareGradient } from "./shareGradient.ts"

export const minimumOp = pointwiseOp({
  name: "minimum",
  doc: "minimum(x, y) = the smaller of x and y.  NaN where either is.  Where they are equal each gets half of the gradient",
  takes: ["f32", "f16", "i32", "u32"],
  arity: 2,
  cpu: Math.min,
  wgsl: ([x, y], [spec]) => (isFloating(spec!.dtype) ? wgsl`minimum_f32(${x}, ${y})` : wgsl`min(${x}, ${y})`),
  functions: [upwardFunctions, downwardFunctions, minimumFunction],
  vjp: ({ inputs: [x, y], cotangent }) => shareGradient(cotangent, less(x!, y!), equal(x!, y!)),
  flops: 1,
  shows: [
    { x: [1, 2], y: [3, -4], gives: [1, -4] },
    { x: [NaN, 1, Infinity, 0], y: [1, NaN, -Infinity, -0], gives: [NaN, NaN, -Infinity, -0] },
  ],
})

/** The smaller of x and y, broadcast. NaN where either is; equal operands share the gradient. */
export const minimum = binaryCall(minimumOp)
