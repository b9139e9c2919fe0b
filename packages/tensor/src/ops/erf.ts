import { wgsl } from "../codegen/expression.ts"
import { unaryCall } from "./call.ts"
import { erfReference } from "../elementary/erfReference.ts"
import { erfFunction } from "../elementary/erf.ts"
import { expFunction } from "../elementary/exp.ts"
import { nanFunction } from "../elementary/nan.ts"
import { pointwiseOp } from "../op/pointwise.ts"
import { exp } from "./exp.ts"
import { mul } from "./mul.ts"
import { neg } from "./neg.ts"

export const erfOp = pointwiseOp({
  name: "erf",
  doc: "erf(x) = 2/√π ∫₀ˣ e^-t² dt",
  takes: ["f32", "f16"],
  arity: 1,
  cpu: erfReference,
  wgsl: ([x]) => wgsl`erf_f32(${x})`,
  functions: [nanFunction, expFunction, erfFunction],
  vjp: ({ inputs: [x], cotangent }) => [mul(cotangent, mul(exp(neg(mul(x!, x!))), 2 / Math.sqrt(Math.PI)))],
  flops: 16,
  shows: [{ x: [0, 0.5, -1, 6], gives: [0, 0.5204998778130465, -0.8427007929497149, 1] }],
  ranges: [[-3, 3]],
})

/** The error function 2/√π ∫₀ˣ e^-t² dt. */
export const erf = unaryCall(erfOp)
