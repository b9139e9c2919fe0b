import { wgsl } from "../codegen/expression.ts"
import { unaryCall } from "./call.ts"
import { pointwiseOp } from "../op/pointwise.ts"

export const logicalNotOp = pointwiseOp({
  name: "logicalNot",
  doc: "logicalNot(x) = ¬x",
  takes: ["bool"],
  arity: 1,
  cpu: (x) => (x === 0 ? 1 : 0),
  wgsl: ([x]) => wgsl`!${x}`,
  vjp: { none: "its result is not a number" },
  flops: 1,
  shows: [{ x: [1, 0], gives: [0, 1] }],
  ranges: [[0, 1]],
})

/** ¬x, of booleans. */
export const logicalNot = unaryCall(logicalNotOp)
