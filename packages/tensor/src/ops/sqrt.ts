import { wgsl } from "../codegen/expression.ts"
import { unaryCall } from "./call.ts"
import { pointwiseOp } from "../op/pointwise.ts"
import { div } from "./div.ts"
import { equal } from "./equal.ts"
import { mul } from "./mul.ts"
import { select } from "./select.ts"

export const sqrtOp = pointwiseOp({
  name: "sqrt",
  doc: "sqrt(x) = √x, NaN below 0.  Gradient 0 at 0, so that what is written as √Σ x² has gradient 0 at the origin, as a norm has",
  takes: ["f32", "f16"],
  arity: 1,
  cpu: Math.sqrt,
  wgsl: ([x]) => wgsl`sqrt(${x})`,
  vjp: ({ output, cotangent }) => [select(equal(output, 0), 0, div(mul(cotangent, 0.5), output))],
  flops: 4,
  shows: [{ x: [4, 0.25], gives: [2, 0.5] }],
  ranges: [[0.1, 4]],
})

/** √x, NaN below 0. Gradient 0 at 0. */
export const sqrt = unaryCall(sqrtOp)
