import { wgsl } from "../codegen/expression.ts"
import { binaryCall } from "./call.ts"
import { pointwiseOp } from "../op/pointwise.ts"

export const bitXorOp = pointwiseOp({
  name: "bitXor",
  doc: "bitXor(x, y) = x ^ y, bit by bit",
  takes: ["u32", "i32"],
  arity: 2,
  cpu: (x, y) => (x ^ y) >>> 0,
  wgsl: ([x, y]) => wgsl`${x} ^ ${y}`,
  vjp: { none: "bits have no derivative" },
  flops: 1,
  shows: [{ x: [12], y: [10], gives: [6] }],
  ranges: [
    [0, 4_294_967_295],
    [0, 4_294_967_295],
  ],
})

/** The bitwise exclusive or of x and y, broadcast. */
export const bitXor = binaryCall(bitXorOp)
