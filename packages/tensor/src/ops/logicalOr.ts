import { wgsl } from "../codegen/expression.ts"
import { binaryCall } from "./call.ts"
import { pointwiseOp } from "../op/pointwise.ts"

export const logicalOrOp = pointwiseOp({
  name: "logicalOr",
  doc: "logicalOr(x, y) = x ∨ y",
  takes: ["bool"],
  arity: 2,
  cpu: (x, y) => (x !== 0 || y !== 0 ? 1 : 0),
  wgsl: ([x, y]) => wgsl`${x} || ${y}`,
  vjp: { none: "its result is not a number" },
  flops: 1,
  shows: [{ x: [1, 1, 0], y: [1, 0, 0], gives: [1, 1, 0] }],
  ranges: [
    [0, 1],
    [0, 1],
  ],
})

/** x ∨ y of booleans, broadcast. */
export const logicalOr = binaryCall(logicalOrOp)
