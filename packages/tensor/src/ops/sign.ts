import { wgsl } from "../codegen/expression.ts"
import { unaryCall } from "./call.ts"
import { isFloating } from "../dtype/dtype.ts"
import { nanFunction } from "../elementary/nan.ts"
import { pointwiseOp } from "../op/pointwise.ts"

export const signOp = pointwiseOp({
  name: "sign",
  doc: "sign(x) = -1, 0 or 1; NaN for NaN.  Gradient 0",
  takes: ["f32", "f16", "i32"],
  arity: 1,
  cpu: Math.sign,
  wgsl: ([x], [spec]) => (isFloating(spec!.dtype) ? wgsl`select(sign(${x}), ${x}, is_nan(${x}))` : wgsl`sign(${x})`),
  functions: [nanFunction],
  vjp: () => [null],
  flops: 1,
  shows: [
    { x: [3, -2, 0], gives: [1, -1, 0] },
    { x: [NaN, Infinity, -Infinity], gives: [NaN, 1, -1] },
  ],
  ranges: [[0.25, 2]],
})

/** The sign of x: -1, 0 or 1. */
export const sign = unaryCall(signOp)
