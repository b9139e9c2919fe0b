import { wgsl } from "../codegen/expression.ts"
import { unaryCall } from "./call.ts"
import { pointwiseOp } from "../op/pointwise.ts"
import { mul } from "./mul.ts"
import { sign } from "./sign.ts"

export const absOp = pointwiseOp({
  name: "abs",
  doc: "abs(x) = |x|.  Gradient 0 at 0",
  takes: ["f32", "f16", "i32"],
  arity: 1,
  cpu: Math.abs,
  wgsl: ([x]) => wgsl`abs(${x})`,
  vjp: ({ inputs: [x], cotangent }) => [mul(cotangent, sign(x!))],
  flops: 1,
  shows: [{ x: [1, -2, 0], gives: [1, 2, 0] }],
  ranges: [[0.25, 2]],
})

/** |x|. */
export const abs = unaryCall(absOp)
