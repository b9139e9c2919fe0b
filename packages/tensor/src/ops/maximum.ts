import { wgsl } from "../codegen/expression.ts"
import { binaryCall } from "../call.ts"
import { pointwiseOp } from "../pointwise.ts"
import { equal } from "./equal.ts"
import { greater } from "./greater.ts"
import { shareGradient } from "./shareGradient.ts"

export const maximumOp = pointwiseOp({
  name: "maximum",
  doc: "maximum(x, y) = the larger of x and y.  Where they are equal each gets half of the gradient",
  takes: ["f32", "f16", "i32", "u32"],
  arity: 2,
  cpu: Math.max,
  wgsl: ([x, y]) => wgsl`max(${x}, ${y})`,
  vjp: ({ inputs: [x, y], cotangent }) => shareGradient(cotangent, greater(x!, y!), equal(x!, y!)),
  flops: 1,
  shows: [{ x: [1, 2], y: [3, -4], gives: [3, 2] }],
})

/** The larger of x and y, broadcast. Equal operands share the gradient. */
export const maximum = binaryCall(maximumOp)
