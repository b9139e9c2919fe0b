import { wgsl } from "../codegen/expression.ts"
import { binaryCall } from "./call.ts"
import { pointwiseOp } from "../op/pointwise.ts"

export const addOp = pointwiseOp({
  name: "add",
  doc: "add(x, y) = x + y",
  takes: ["f32", "f16", "i32", "u32"],
  arity: 2,
  cpu: (x, y) => x + y,
  wgsl: ([x, y]) => wgsl`${x} + ${y}`,
  vjp: ({ cotangent }) => [cotangent, cotangent],
  flops: 1,
  shows: [{ x: [1, 2], y: [3, -4], gives: [4, -2] }],
})

/** x + y, broadcast. */
export const add = binaryCall(addOp)
