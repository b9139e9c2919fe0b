import { wgsl } from "../codegen/expression.ts"
import { binaryCall } from "./call.ts"
import { pointwiseOp } from "../op/pointwise.ts"

export const shiftLeftOp = pointwiseOp({
  name: "shiftLeft",
  doc: "shiftLeft(x, y) = x · 2^y modulo 2^32, y in [0, 31]",
  takes: ["u32"],
  arity: 2,
  cpu: (x, y) => (x << y) >>> 0,
  wgsl: ([x, y]) => wgsl`${x} << (${y} & 31u)`,
  vjp: { none: "bits have no derivative" },
  flops: 1,
  shows: [{ x: [3, 1], y: [2, 31], gives: [12, 2_147_483_648] }],
  ranges: [
    [0, 4_294_967_295],
    [0, 31],
  ],
})

/** x shifted left by y bits (modulo 32), broadcast. */
export const shiftLeft = binaryCall(shiftLeftOp)
