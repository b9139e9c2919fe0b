import { wgsl } from "../codegen/expression.ts"
import { binaryCall } from "../call.ts"
import { pointwiseOp } from "../pointwise.ts"

export const mulOp = pointwiseOp({
  name: "mul",
  doc: "mul(x, y) = x · y",
  takes: ["f32", "f16", "i32", "u32"],
  arity: 2,
  cpu: (x, y) => x * y,
  cpuInteger: Math.imul,
  wgsl: ([x, y]) => wgsl`${x} * ${y}`,
  vjp: ({ inputs: [x, y], cotangent }) => [mul(cotangent, y!), mul(cotangent, x!)],
  flops: 1,
  shows: [{ x: [1, 2], y: [3, -4], gives: [3, -8] }],
})

/** x · y, broadcast. */
export const mul = binaryCall(mulOp)
