import { wgsl } from "../codegen/expression.ts"
import { binaryCall } from "./call.ts"
import { isFloating } from "../dtype/dtype.ts"
import { comparisonFunctions } from "../elementary/order.ts"
import { pointwiseOp } from "../op/pointwise.ts"

export const equalOp = pointwiseOp({
  name: "equal",
  doc: "equal(x, y) = x = y, a bool; false where either is NaN",
  takes: ["f32", "f16", "i32", "u32"],
  arity: 2,
  cpu: (x, y) => (x === y ? 1 : 0),
  result: "bool",
  wgsl: ([x, y], [spec]) => (isFloating(spec!.dtype) ? wgsl`equal_f32(${x}, ${y})` : wgsl`${x} == ${y}`),
  functions: [comparisonFunctions],
  vjp: { none: "its result is not a number" },
  flops: 1,
  shows: [
    { x: [1, 2, 3], y: [2, 2, 2], gives: [0, 1, 0] },
    { x: [NaN, 1, Infinity, -Infinity, 0], y: [NaN, NaN, Infinity, Infinity, -0], gives: [0, 0, 1, 0, 1] },
  ],
})

/** x = y, broadcast; a bool, false where either is NaN. */
export const equal = binaryCall(equalOp)
