import { wgsl } from "../codegen/expression.ts"
import { unaryCall } from "./call.ts"
import { logFunction } from "../elementary/log.ts"
import { nanFunction } from "../elementary/nan.ts"
import { pointwiseOp } from "../op/pointwise.ts"
import { div } from "./div.ts"

export const logOp = pointwiseOp({
  name: "log",
  doc: "log(x) = natural logarithm.  -∞ at 0",
  takes: ["f32", "f16"],
  arity: 1,
  cpu: Math.log,
  wgsl: ([x]) => wgsl`log_f32(${x})`,
  functions: [nanFunction, logFunction],
  vjp: ({ inputs: [x], cotangent }) => [div(cotangent, x!)],
  flops: 8,
  shows: [{ x: [1, Math.E], gives: [0, 1] }],
  ranges: [[0.1, 4]],
})

/** The natural logarithm of x. */
export const log = unaryCall(logOp)
