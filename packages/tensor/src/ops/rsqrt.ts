import { wgsl } from "../codegen/expression.ts"
import { unaryCall } from "./call.ts"
import { pointwiseOp } from "../op/pointwise.ts"
import { mul } from "./mul.ts"

export const rsqrtOp = pointwiseOp({
  name: "rsqrt",
  doc: "rsqrt(x) = 1 / √x",
  takes: ["f32", "f16"],
  arity: 1,
  cpu: (x) => 1 / Math.sqrt(x),
  wgsl: ([x]) => wgsl`inverseSqrt(${x})`,
  vjp: ({ output, cotangent }) => [mul(mul(cotangent, -0.5), mul(output, mul(output, output)))],
  flops: 4,
  shows: [{ x: [4, 0.25], gives: [0.5, 2] }],
  ranges: [[0.1, 4]],
})

/** 1 / √x. */
export const rsqrt = unaryCall(rsqrtOp)
