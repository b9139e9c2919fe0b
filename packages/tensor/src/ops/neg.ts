import { wgsl } from "../codegen/expression.ts"
import { unaryCall } from "./call.ts"
import { pointwiseOp } from "../op/pointwise.ts"

export const negOp = pointwiseOp({
  name: "neg",
  doc: "neg(x) = -x",
  takes: ["f32", "f16", "i32"],
  arity: 1,
  cpu: (x) => -x,
  wgsl: ([x]) => wgsl`-${x}`,
  vjp: ({ cotangent }) => [neg(cotangent)],
  flops: 1,
  shows: [{ x: [1, -2], gives: [-1, 2] }],
})

/** -x. */
export const neg = unaryCall(negOp)
