import { wgsl } from "../codegen/expression.ts"
import { unaryCall } from "../call.ts"
import { pointwiseOp } from "../pointwise.ts"
import { div } from "./div.ts"
import { mul } from "./mul.ts"

export const sqrtOp = pointwiseOp({
  name: "sqrt",
  doc: "sqrt(x) = √x",
  takes: ["f32", "f16"],
  arity: 1,
  cpu: Math.sqrt,
  wgsl: ([x]) => wgsl`sqrt(${x})`,
  vjp: ({ output, cotangent }) => [div(mul(cotangent, 0.5), output)],
  flops: 4,
  shows: [{ x: [4, 0.25], gives: [2, 0.5] }],
  ranges: [[0.1, 4]],
})

/** √x. */
export const sqrt = unaryCall(sqrtOp)
