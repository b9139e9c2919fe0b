import { raise } from "../error.ts"
import { requireTensor } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import type { Shape } from "../shape/shape.ts"
import type { Shaped } from "./shape.ts"

/**
 * The same tensor, with its shape in its type: how an argument of a program, or a result of an op that says less, is made known
 * to the compiler. An extent of -1 is any. Throws `ShapeMismatch` where the tensor has another shape.
 */
export const shaped = <const S extends Shape>(
  x: Tensor,
  shape: S,
): Shaped<{ readonly [Axis in keyof S]: S[Axis] extends -1 ? number : S[Axis] }> => {
  const found = requireTensor("shaped", x).shape
  if (found.length === shape.length && shape.every((extent, axis) => extent === -1 || extent === found[axis]))
    return x as never
  return raise({
    _tag: "ShapeMismatch",
    op: "shaped",
    operands: [{ name: "x", shape: found, dtype: x.dtype }],
    rule: `the program says [${shape.join(", ")}]`,
    remedy: "correct the shape, or the argument; -1 stands for any extent",
  })
}
