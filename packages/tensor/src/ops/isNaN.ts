import { unaryCall } from "./call.ts"
import { wgsl } from "../codegen/expression.ts"
import { pointwiseOp } from "../op/pointwise.ts"

export const isNaNOp = pointwiseOp({
  name: "isNaN",
  doc: "isNaN(x) = whether x is NaN, a bool.  By its bits, whatever the adapter's compiler assumes",
  takes: ["f32", "f16"],
  arity: 1,
  cpu: (x) => (Number.isNaN(x) ? 1 : 0),
  result: "bool",
  wgsl: ([x]) => wgsl`(bitcast<u32>(${x}) & 0x7fffffffu) > 0x7f800000u`,
  vjp: { none: "its result is not a number" },
  flops: 1,
  shows: [{ x: [1, NaN, Infinity, -Infinity], gives: [0, 1, 0, 0] }],
})

/** Whether x is NaN; a bool. */
export const isNaN = unaryCall(isNaNOp)
