import { sameText, wgsl } from "../codegen/expression.ts"
import { binaryCall } from "./call.ts"
import { isFloating } from "../dtype/dtype.ts"
import { zeroFunctions } from "../elementary/zero.ts"
import { pointwiseOp } from "../op/pointwise.ts"
import { neg } from "./neg.ts"

export const subOp = pointwiseOp({
  name: "sub",
  doc: "sub(x, y) = x - y",
  takes: ["f32", "f16", "i32", "u32"],
  arity: 2,
  cpu: (x, y) => x - y,
  wgsl: ([x, y], [spec]) => (isFloating(spec!.dtype) && sameText(x!, y!) ? wgsl`nothing_of(${x})` : wgsl`${x} - ${y}`),
  functions: [zeroFunctions],
  vjp: ({ cotangent }) => [cotangent, neg(cotangent)],
  flops: 1,
  shows: [{ x: [1, 2], y: [3, -4], gives: [-2, 6] }],
})

/** x - y, broadcast. */
export const sub = binaryCall(subOp)
