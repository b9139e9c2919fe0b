import { wgsl } from "../codegen/expression.ts"
import { binaryCall } from "./call.ts"
import { pointwiseOp } from "../op/pointwise.ts"

export const shiftRightOp = pointwiseOp({
  name: "shiftRight",
  doc: "shiftRight(x, y) = ⌊x / 2^y⌋, y in [0, 31]",
  takes: ["u32"],
  arity: 2,
  cpu: (x, y) => x >>> y,
  wgsl: ([x, y]) => wgsl`${x} >> (${y} & 31u)`,
  vjp: { none: "bits have no derivative" },
  flops: 1,
  shows: [{ x: [12, 4_294_967_295], y: [2, 31], gives: [3, 1] }],
  ranges: [
    [0, 4_294_967_295],
    [0, 31],
  ],
})

/** x shifted right by y bits (modulo 32), zeros entering, broadcast. */
export const shiftRight = binaryCall(shiftRightOp)
