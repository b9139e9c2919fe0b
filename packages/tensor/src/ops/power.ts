import { wgsl } from "../codegen/expression.ts"
import { binaryCall } from "./call.ts"
import { powerFunction, powerReference } from "../elementary/power.ts"
import { pointwiseOp } from "../op/pointwise.ts"
import { equal } from "./equal.ts"
import { greaterEqual } from "./greaterEqual.ts"
import { log } from "./log.ts"
import { logicalAnd } from "./logicalAnd.ts"
import { mul } from "./mul.ts"
import { select } from "./select.ts"
import { sub } from "./sub.ts"

export const powerOp = pointwiseOp({
  name: "power",
  doc: "power(x, y) = x^y.  x⁰ = 1^y = 1 whatever the other is; a negative x takes integer y, else NaN",
  takes: ["f32", "f16"],
  arity: 2,
  cpu: powerReference,
  wgsl: ([x, y]) => wgsl`power_f32(${x}, ${y})`,
  functions: [powerFunction],
  vjp: ({ inputs: [x, y], output, cotangent }) => [
    // y·x^(y-1), where x⁰ is 1 whatever x is; 0^y is 0 for all y > 0, so that log 0 counts for negative y only.
    mul(cotangent, select(equal(y!, 0), 0, mul(y!, power(x!, sub(y!, 1))))),
    mul(cotangent, select(logicalAnd(equal(x!, 0), greaterEqual(y!, 0)), 0, mul(output, log(x!)))),
  ],
  flops: 16,
  shows: [{ x: [2, 9], y: [3, 0.5], gives: [8, 3] }],
  ranges: [
    [0.2, 2],
    [-2, 2],
  ],
})

/**
 * x^y, broadcast, as IEEE 754 has it: x⁰ and 1^y are 1 whatever the other is, a negative x takes integer y, all others are NaN.
 * The gradient of x⁰ is 0 everywhere; that with respect to y is 0 at 0^y for y ≥ 0, and NaN for negative x.
 */
export const power = binaryCall(powerOp)
