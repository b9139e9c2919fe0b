import { wgsl } from "../codegen/expression.ts"
import { unaryCall } from "./call.ts"
import { expFunction } from "../elementary/exp.ts"
import { nanFunction } from "../elementary/nan.ts"
import { pointwiseOp } from "../op/pointwise.ts"
import { mul } from "./mul.ts"

export const expOp = pointwiseOp({
  name: "exp",
  doc: "exp(x) = e^x.  Overflows to ∞ above 88.7",
  takes: ["f32", "f16"],
  arity: 1,
  cpu: Math.exp,
  wgsl: ([x]) => wgsl`exp_f32(${x})`,
  functions: [nanFunction, expFunction],
  vjp: ({ output, cotangent }) => [mul(cotangent, output)],
  flops: 8,
  shows: [{ x: [0, 1], gives: [1, 2.718281828459045] }],
})

/** e^x. */
export const exp = unaryCall(expOp)
