import { wgsl } from "../codegen/expression.ts"
import { raise } from "../error.ts"
import { broadcastTogether, type Operand } from "./call.ts"
import { applyOp, isTensor } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { pointwiseOp } from "../op/pointwise.ts"
import { expand } from "./expand.ts"
import { broadcastShapes, sameShape } from "../shape/shape.ts"

export const selectOp = pointwiseOp({
  name: "select",
  doc: "select(c, x, y) = x where c holds, else y",
  takes: ["f32", "f16", "i32", "u32", "bool"],
  arity: 3,
  inputTypes: ["bool", undefined, undefined],
  cpu: (condition, x, y) => (condition !== 0 ? x : y),
  wgsl: ([condition, x, y]) => wgsl`select(${y}, ${x}, ${condition})`,
  vjp: ({ inputs: [condition], cotangent }) => [
    null,
    select(condition!, cotangent, 0),
    select(condition!, 0, cotangent),
  ],
  flops: 1,
  shows: [{ x: [1, 0], y: [1, 2], z: [3, 4], gives: [1, 4] }],
  ranges: [
    [0, 1],
    [-2, 2],
    [-2, 2],
  ],
})

const widened = (x: Tensor, like: Tensor): Tensor => {
  const shape = broadcastShapes(x.shape, like.shape)
  return shape === null || sameShape(shape, x.shape) ? x : expand(x, shape)
}

/**
 * x where `condition` (a bool tensor) holds, y elsewhere; all three broadcast. A number takes the type of the other branch.
 * Not a multiplication: NaN or ∞ in the branch not taken does not spread. Throws `ShapeMismatch`, `DTypeMismatch`.
 */
export const select = (condition: Tensor, x: Operand, y: Operand): Tensor => {
  if (!isTensor(condition))
    return raise({ _tag: "InvalidData", op: "select", rule: "the condition is not a tensor", remedy: "use `if`" })
  const [first, second] = broadcastTogether("select", [x, y]) as [Tensor, Tensor]
  const branch = widened(first, condition)
  return applyOp(
    selectOp,
    [widened(condition, branch), branch, sameShape(second.shape, branch.shape) ? second : expand(second, branch.shape)],
    {},
  )
}
