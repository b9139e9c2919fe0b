import { unaryCall } from "./call.ts"
import { wgsl } from "../codegen/expression.ts"
import { pointwiseOp } from "../op/pointwise.ts"

export const isFiniteOp = pointwiseOp({
  name: "isFinite",
  doc: "isFinite(x) = whether x is neither infinite nor NaN, a bool.  By its bits, whatever the adapter's compiler assumes",
  takes: ["f32", "f16"],
  arity: 1,
  cpu: (x) => (Number.isFinite(x) ? 1 : 0),
  result: "bool",
  wgsl: ([x]) => wgsl`(bitcast<u32>(${x}) & 0x7fffffffu) < 0x7f800000u`,
  vjp: { none: "its result is not a number" },
  flops: 1,
  shows: [{ x: [1, NaN, Infinity, -Infinity], gives: [1, 0, 0, 0] }],
})

/** Whether x is neither infinite nor NaN; a bool. */
export const isFinite = unaryCall(isFiniteOp)
