import { wgsl } from "../codegen/expression.ts"
import { binaryCall } from "../call.ts"
import { expFunction } from "../elementary/exp.ts"
import { logFunction } from "../elementary/log.ts"
import { powerFunction } from "../elementary/power.ts"
import { nanFunction } from "../elementary/nan.ts"
import { pointwiseOp } from "../pointwise.ts"
import { log } from "./log.ts"
import { mul } from "./mul.ts"
import { sub } from "./sub.ts"

export const powerOp = pointwiseOp({
  name: "power",
  doc: "power(x, y) = x^y.  Relative error grows with |y·log x|; a negative x takes integer y",
  takes: ["f32", "f16"],
  arity: 2,
  cpu: Math.pow,
  wgsl: ([x, y]) => wgsl`power_f32(${x}, ${y})`,
  functions: [nanFunction, expFunction, logFunction, powerFunction],
  vjp: ({ inputs: [x, y], output, cotangent }) => [
    mul(cotangent, mul(y!, power(x!, sub(y!, 1)))),
    mul(cotangent, mul(output, log(x!))),
  ],
  flops: 16,
  shows: [{ x: [2, 9], y: [3, 0.5], gives: [8, 3] }],
  ranges: [
    [0.2, 2],
    [-2, 2],
  ],
})

/** x^y, broadcast. The gradient with respect to y is finite for x > 0 only. */
export const power = binaryCall(powerOp)
