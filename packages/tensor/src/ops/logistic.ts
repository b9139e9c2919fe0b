import { wgsl } from "../codegen/expression.ts"
import { unaryCall } from "./call.ts"
import { expFunction } from "../elementary/exp.ts"
import { logisticFunction } from "../elementary/tanh.ts"
import { nanFunction } from "../elementary/nan.ts"
import { pointwiseOp } from "../op/pointwise.ts"
import { mul } from "./mul.ts"
import { sub } from "./sub.ts"

export const logisticOp = pointwiseOp({
  name: "logistic",
  doc: "logistic(x) = 1 / (1 + e^-x).  Saturates to 0 and 1; never NaN for finite x",
  takes: ["f32", "f16"],
  arity: 1,
  cpu: (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
  wgsl: ([x]) => wgsl`logistic_f32(${x})`,
  functions: [nanFunction, expFunction, logisticFunction],
  vjp: ({ output, cotangent }) => [mul(cotangent, mul(output, sub(1, output)))],
  flops: 10,
  shows: [{ x: [0, 2, -200], gives: [0.5, 0.8807970779778823, 0] }],
  ranges: [[-6, 6]],
})

/** The logistic sigmoid 1 / (1 + e^-x). */
export const logistic = unaryCall(logisticOp)
