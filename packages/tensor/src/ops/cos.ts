import { wgsl } from "../codegen/expression.ts"
import { unaryCall } from "./call.ts"
import { trigonometryFunctions } from "../elementary/trigonometry.ts"
import { pointwiseOp } from "../op/pointwise.ts"
import { mul } from "./mul.ts"
import { neg } from "./neg.ts"
import { sin } from "./sin.ts"

export const cosOp = pointwiseOp({
  name: "cos",
  doc: "cos(x), x in radians, for every finite x",
  takes: ["f32", "f16"],
  arity: 1,
  cpu: Math.cos,
  wgsl: ([x]) => wgsl`cos_f32(${x})`,
  functions: [trigonometryFunctions],
  vjp: ({ inputs: [x], cotangent }) => [neg(mul(cotangent, sin(x!)))],
  flops: 8,
  shows: [
    { x: [0, Math.PI], gives: [1, -1] },
    { x: [Infinity, 1e6, 1e10], gives: [NaN, 0.9367521275331447, 0.873119622676856] },
  ],
  ranges: [[-7, 7]],
})

/** Cosine of x in radians. */
export const cos = unaryCall(cosOp)
