import { wgsl } from "../codegen/expression.ts"
import { binaryCall } from "./call.ts"
import { isFloating } from "../dtype/dtype.ts"
import { remainderFunction } from "../elementary/remainder.ts"
import { pointwiseOp } from "../op/pointwise.ts"
import { div } from "./div.ts"
import { mul } from "./mul.ts"
import { neg } from "./neg.ts"
import { sub } from "./sub.ts"

export const remainderOp = pointwiseOp({
  name: "remainder",
  doc: "remainder(x, y) = x - y·trunc(x / y), with the sign of x; exact.  x for y = ±∞; NaN for y = 0 and x = ±∞.  Integers: remainder(x, 0) = 0",
  takes: ["f32", "f16", "i32", "u32"],
  arity: 2,
  cpu: (x, y) => x % y,
  cpuInteger: (x, y) => (y === 0 ? 0 : x % y),
  wgsl: ([x, y], [spec]) => (isFloating(spec!.dtype) ? wgsl`remainder_f32(${x}, ${y})` : wgsl`${x} % ${y}`),
  functions: [remainderFunction],
  vjp: ({ inputs: [x, y], output, cotangent }) => [cotangent, neg(mul(cotangent, div(sub(x!, output), y!)))],
  flops: 3,
  shows: [{ x: [7, -7], y: [4, 4], gives: [3, -3] }],
  ranges: [
    [1.25, 1.45],
    [0.5, 0.6],
  ],
})

/**
 * The remainder of x / y that has the sign of x, broadcast: C's fmod, NumPy's fmod, JavaScript's %. Exact however large x / y is.
 * The gradient with respect to y is -trunc(x / y).
 */
export const remainder = binaryCall(remainderOp)
