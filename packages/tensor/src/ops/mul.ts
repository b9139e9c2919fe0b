import { sameText, wgsl, type Wgsl } from "../codegen/expression.ts"
import { binaryCall } from "./call.ts"
import { isFloating } from "../dtype/dtype.ts"
import { zeroFunctions } from "../elementary/zero.ts"
import { literal } from "../codegen/literal.ts"
import { pointwiseOp } from "../op/pointwise.ts"

const zero = literal(0, "f32")

const floatProduct = (x: Wgsl, y: Wgsl): Wgsl => {
  if (sameText(x, zero)) return wgsl`zero_times(${y})`
  return sameText(y, zero) ? wgsl`zero_times(${x})` : wgsl`${x} * ${y}`
}

export const mulOp = pointwiseOp({
  name: "mul",
  doc: "mul(x, y) = x · y",
  takes: ["f32", "f16", "i32", "u32"],
  arity: 2,
  cpu: (x, y) => x * y,
  cpuInteger: Math.imul,
  wgsl: ([x, y], [spec]) => (isFloating(spec!.dtype) ? floatProduct(x!, y!) : wgsl`${x} * ${y}`),
  functions: [zeroFunctions],
  vjp: ({ inputs: [x, y], cotangent }) => [mul(cotangent, y!), mul(cotangent, x!)],
  flops: 1,
  shows: [{ x: [1, 2], y: [3, -4], gives: [3, -8] }],
})

/** x · y, broadcast. */
export const mul = binaryCall(mulOp)
