import { unaryCall } from "./call.ts"
import { wgsl } from "../codegen/expression.ts"
import { pointwiseOp } from "../op/pointwise.ts"

export const isInfiniteOp = pointwiseOp({
  name: "isInfinite",
  doc: "isInfinite(x) = whether x is ∞ or -∞, a bool.  By its bits, whatever the adapter's compiler assumes",
  takes: ["f32", "f16"],
  arity: 1,
  cpu: (x) => (x === Infinity || x === -Infinity ? 1 : 0),
  result: "bool",
  wgsl: ([x]) => wgsl`(bitcast<u32>(${x}) & 0x7fffffffu) == 0x7f800000u`,
  vjp: { none: "its result is not a number" },
  flops: 1,
  shows: [{ x: [1, NaN, Infinity, -Infinity], gives: [0, 0, 1, 1] }],
})

/** Whether x is ∞ or -∞; a bool. */
export const isInfinite = unaryCall(isInfiniteOp)
