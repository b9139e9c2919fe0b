import { wgsl } from "../codegen/expression.ts"
import { unaryCall } from "./call.ts"
import { trigonometryFunctions } from "../elementary/trigonometry.ts"
import { pointwiseOp } from "../op/pointwise.ts"
import { cos } from "./cos.ts"
import { mul } from "./mul.ts"

export const sinOp = pointwiseOp({
  name: "sin",
  doc: "sin(x), x in radians, for every finite x",
  takes: ["f32", "f16"],
  arity: 1,
  cpu: Math.sin,
  wgsl: ([x]) => wgsl`sin_f32(${x})`,
  functions: [trigonometryFunctions],
  vjp: ({ inputs: [x], cotangent }) => [mul(cotangent, cos(x!))],
  flops: 8,
  shows: [
    { x: [0, Math.PI / 2], gives: [0, 1] },
    { x: [Infinity, 1e6, 1e10], gives: [NaN, -0.34999350217129294, -0.4875060250875107] },
  ],
  ranges: [[-7, 7]],
})

/** Sine of x in radians. */
export const sin = unaryCall(sinOp)
