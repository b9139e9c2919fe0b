import { wgsl } from "../codegen/expression.ts"
import { unaryCall } from "./call.ts"
import { pointwiseOp } from "../op/pointwise.ts"

export const floorOp = pointwiseOp({
  name: "floor",
  doc: "floor(x) = the largest integer not above x.  Gradient 0",
  takes: ["f32", "f16"],
  arity: 1,
  cpu: Math.floor,
  wgsl: ([x]) => wgsl`floor(${x})`,
  vjp: () => [null],
  flops: 1,
  shows: [{ x: [1.5, -1.5], gives: [1, -2] }],
  ranges: [[0.1, 0.9]],
})

/** Rounds down. */
export const floor = unaryCall(floorOp)
