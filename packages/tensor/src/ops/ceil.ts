import { wgsl } from "../codegen/expression.ts"
import { unaryCall } from "./call.ts"
import { pointwiseOp } from "../op/pointwise.ts"

export const ceilOp = pointwiseOp({
  name: "ceil",
  doc: "ceil(x) = the smallest integer not below x.  Gradient 0",
  takes: ["f32", "f16"],
  arity: 1,
  cpu: Math.ceil,
  wgsl: ([x]) => wgsl`ceil(${x})`,
  vjp: () => [null],
  flops: 1,
  shows: [{ x: [1.5, -1.5], gives: [2, -1] }],
  ranges: [[0.1, 0.9]],
})

/** Rounds up. */
export const ceil = unaryCall(ceilOp)
