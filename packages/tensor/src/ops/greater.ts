import { wgsl } from "../codegen/expression.ts"
import { binaryCall } from "../call.ts"
import { pointwiseOp } from "../pointwise.ts"

export const greaterOp = pointwiseOp({
  name: "greater",
  doc: "greater(x, y) = x > y, a bool",
  takes: ["f32", "f16", "i32", "u32"],
  arity: 2,
  cpu: (x, y) => (x > y ? 1 : 0),
  result: "bool",
  wgsl: ([x, y]) => wgsl`${x} > ${y}`,
  vjp: { none: "its result is not a number" },
  flops: 1,
  shows: [{ x: [1, 2, 3], y: [2, 2, 2], gives: [0, 0, 1] }],
})

/** x > y, broadcast; a bool. */
export const greater = binaryCall(greaterOp)
