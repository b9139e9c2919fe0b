import { dualPair } from "../op/dual.ts"
import { isTensor } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { raise } from "../error.ts"
import { add } from "./add.ts"
import { cast } from "./cast.ts"
import { matmul } from "./contract.ts"
import { transpose } from "./permute.ts"
import { reshape } from "./reshape.ts"

/** Reads both ways. Behind its tensor the bias is named: two tensors alone would read as x and weight. */
export interface Linear {
  (x: Tensor, weight: Tensor, bias?: Tensor): Tensor
  (weight: Tensor, options?: { readonly bias?: Tensor }): (x: Tensor) => Tensor
}

const project = (x: Tensor, weight: Tensor, bias: Tensor | undefined): Tensor => {
  if (weight.shape.length !== 2 || x.shape.at(-1) !== weight.shape[1])
    return raise({
      _tag: "ShapeMismatch",
      op: "linear",
      operands: [
        { name: "x", shape: x.shape, dtype: x.dtype, axes: ["in"], marked: [x.shape.length - 1] },
        { name: "weight", shape: weight.shape, dtype: weight.dtype, axes: ["out", "in"], marked: [1] },
      ],
      rule: "the last axis of x and of weight [out, in] must agree",
      remedy: "transpose(weight) if it is stored [in, out]",
    })
  const rows = x.shape.length === 1 ? reshape(x, [1, -1]) : x
  const product = reshape(matmul(rows, transpose(weight)), [...x.shape.slice(0, -1), weight.shape[0]!])
  return bias === undefined ? product : add(product, cast(bias, "f32"))
}

/**
 * x·weightᵀ + bias, with the weight as PyTorch stores it. x: [...s, in], weight: [out, in], bias: [out] → f32[...s, out].
 * `linear(x, w, b)` and `pipe(x, linear(w, { bias: b }))`. Weights may be stored f16. Throws `ShapeMismatch`.
 */
export const linear = dualPair("linear", (x, weight, bias?: Tensor | { readonly bias?: Tensor }) =>
  project(x, weight, isTensor(bias) ? bias : bias?.bias),
) as Linear
