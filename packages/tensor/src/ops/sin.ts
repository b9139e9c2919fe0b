import { wgsl } from "../codegen/expression.ts"
import { unaryCall } from "../call.ts"
import { trigonometryFunctions } from "../elementary/trigonometry.ts"
import { pointwiseOp } from "../pointwise.ts"
import { cos } from "./cos.ts"
import { mul } from "./mul.ts"

export const sinOp = pointwiseOp({
  name: "sin",
  doc: "sin(x), x in radians",
  takes: ["f32", "f16"],
  arity: 1,
  cpu: Math.sin,
  wgsl: ([x]) => wgsl`sin_f32(${x})`,
  functions: [trigonometryFunctions],
  vjp: ({ inputs: [x], cotangent }) => [mul(cotangent, cos(x!))],
  flops: 8,
  shows: [{ x: [0, Math.PI / 2], gives: [0, 1] }],
  ranges: [[-7, 7]],
})

/** Sine of x in radians. */
export const sin = unaryCall(sinOp)
