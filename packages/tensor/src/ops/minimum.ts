import { wgsl } from "../codegen/expression.ts"
import { binaryCall } from "../call.ts"
import { pointwiseOp } from "../pointwise.ts"
import { equal } from "./equal.ts"
import { less } from "./less.ts"
import { shareGradient } from "./shareGradient.ts"

export const minimumOp = pointwiseOp({
  name: "minimum",
  doc: "minimum(x, y) = the smaller of x and y.  Where they are equal each gets half of the gradient",
  takes: ["f32", "f16", "i32", "u32"],
  arity: 2,
  cpu: Math.min,
  wgsl: ([x, y]) => wgsl`min(${x}, ${y})`,
  vjp: ({ inputs: [x, y], cotangent }) => shareGradient(cotangent, less(x!, y!), equal(x!, y!)),
  flops: 1,
  shows: [{ x: [1, 2], y: [3, -4], gives: [1, -4] }],
})

/** The smaller of x and y, broadcast. Equal operands share the gradient. */
export const minimum = binaryCall(minimumOp)
