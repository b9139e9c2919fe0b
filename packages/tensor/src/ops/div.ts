import { wgsl } from "../codegen/expression.ts"
import { binaryCall } from "./call.ts"
import { pointwiseOp } from "../op/pointwise.ts"
import { mul } from "./mul.ts"
import { neg } from "./neg.ts"

export const divOp = pointwiseOp({
  name: "div",
  doc: "div(x, y) = x / y.  Integers truncate towards 0, and x / 0 = x",
  takes: ["f32", "f16", "i32", "u32"],
  arity: 2,
  cpu: (x, y) => x / y,
  cpuInteger: (x, y) => (y === 0 ? x : Math.trunc(x / y)),
  wgsl: ([x, y]) => wgsl`${x} / ${y}`,
  vjp: ({ inputs: [, y], output, cotangent }) => {
    const quotient = div(cotangent, y!)
    return [quotient, neg(mul(quotient, output))]
  },
  flops: 1,
  shows: [{ x: [1, 3], y: [2, -4], gives: [0.5, -0.75] }],
  ranges: [
    [-2, 2],
    [0.5, 2],
  ],
})

/** x / y, broadcast. */
export const div = binaryCall(divOp)
