import { wgsl } from "../codegen/expression.ts"
import { unaryCall } from "./call.ts"
import { pointwiseOp } from "../op/pointwise.ts"

const toNearestEven = (x: number): number => {
  const nearest = Math.round(x)
  return Math.abs(x % 1) === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest
}

export const roundOp = pointwiseOp({
  name: "round",
  doc: "round(x) = the nearest integer, halves to even.  Gradient 0",
  takes: ["f32", "f16"],
  arity: 1,
  cpu: toNearestEven,
  wgsl: ([x]) => wgsl`round(${x})`,
  vjp: () => [null],
  flops: 1,
  shows: [{ x: [1.5, 2.5, -0.4], gives: [2, 2, -0] }],
  ranges: [[0.6, 1.4]],
})

/** Rounds to the nearest integer, halves to even (as IEEE 754 and PyTorch do). */
export const round = unaryCall(roundOp)
