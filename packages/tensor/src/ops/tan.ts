import { wgsl } from "../codegen/expression.ts"
import { unaryCall } from "./call.ts"
import { trigonometryFunctions } from "../elementary/trigonometry.ts"
import { pointwiseOp } from "../op/pointwise.ts"
import { add } from "./add.ts"
import { mul } from "./mul.ts"

export const tanOp = pointwiseOp({
  name: "tan",
  doc: "tan(x), x in radians, for every finite x",
  takes: ["f32", "f16"],
  arity: 1,
  cpu: Math.tan,
  wgsl: ([x]) => wgsl`tan_f32(${x})`,
  functions: [trigonometryFunctions],
  vjp: ({ output, cotangent }) => [mul(cotangent, add(1, mul(output, output)))],
  flops: 10,
  shows: [
    { x: [0, Math.PI / 4], gives: [0, 1] },
    { x: [Infinity, 1e10], gives: [NaN, -0.5583496378112418] },
  ],
  ranges: [[-1.2, 1.2]],
})

/** Tangent of x in radians. */
export const tan = unaryCall(tanOp)
