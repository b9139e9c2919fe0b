import { wgsl } from "../codegen/expression.ts"
import { unaryCall } from "./call.ts"
import { expFunction } from "../elementary/exp.ts"
import { tanhFunction } from "../elementary/tanh.ts"
import { nanFunction } from "../elementary/nan.ts"
import { pointwiseOp } from "../op/pointwise.ts"
import { mul } from "./mul.ts"
import { sub } from "./sub.ts"

export const tanhOp = pointwiseOp({
  name: "tanh",
  doc: "tanh(x).  Saturates to -1 and 1; never NaN for finite x",
  takes: ["f32", "f16"],
  arity: 1,
  cpu: Math.tanh,
  wgsl: ([x]) => wgsl`tanh_f32(${x})`,
  functions: [nanFunction, expFunction, tanhFunction],
  vjp: ({ output, cotangent }) => [mul(cotangent, sub(1, mul(output, output)))],
  flops: 10,
  shows: [{ x: [0, 1, -100], gives: [0, 0.7615941559557649, -1] }],
  ranges: [[-3, 3]],
})

/** Hyperbolic tangent. */
export const tanh = unaryCall(tanhOp)
