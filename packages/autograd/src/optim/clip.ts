import {
  add,
  cast,
  div,
  isTensor,
  leavesOf,
  mapTree,
  minimum,
  mul,
  sqrt,
  square,
  sum,
  zeros,
  type Tensor,
} from "@diva/tensor"
import { inF32, type Scalar } from "./optimizer.ts"

/**
 * The Euclidean norm of all leaves together, √Σ x², as f32[]; 0 for a tree without leaves, ∞ where squares overflow (from
 * 1.8e19 on).
 */
export const globalNorm = (tree: unknown): Tensor => {
  const squares = leavesOf(tree, isTensor).map(({ leaf }) => sum(square(cast(leaf, "f32"))))
  return sqrt(squares.length === 0 ? zeros([]) : squares.reduce((total, each) => add(total, each)))
}

/**
 * Scales a gradient so that its global norm is at most `max`: [g · min(1, max / (‖g‖ + 1e-6)), ‖g‖], the norm as it was
 * before. Source: torch.nn.utils.clip_grad_norm_.
 */
export const clipByGlobalNorm = <P>(gradient: P, max: Scalar): readonly [clipped: P, norm: Tensor] => {
  const norm = globalNorm(gradient)
  const factor = minimum(div(max, add(norm, 1e-6)), 1)
  return [mapTree(gradient, isTensor, (leaf) => inF32(leaf, (value) => mul(value, factor))) as P, norm]
}
