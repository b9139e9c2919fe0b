import { raise } from "../error.ts"
import type { Tensor } from "../graph/tensor.ts"
import { dualPair } from "../op/dual.ts"
import { mul } from "./mul.ts"
import { sum } from "./sum.ts"
import { unsqueeze } from "./unsqueeze.ts"

const checkVectors = (op: string, a: Tensor, b: Tensor, isEqual: boolean): void => {
  const vectors = a.shape.length === 1 && b.shape.length === 1
  if (vectors && (!isEqual || a.shape[0] === b.shape[0])) return
  const operands = [
    { name: "a", shape: a.shape, dtype: a.dtype, axes: [isEqual ? "n" : "m"] },
    { name: "b", shape: b.shape, dtype: b.dtype, axes: ["n"] },
  ]
  raise({
    _tag: "ShapeMismatch",
    op,
    operands,
    rule: isEqual ? "both operands must be vectors of one length" : "both are vectors",
    remedy: "matmul multiplies matrices and batches of them",
  })
}

/** Σ a[i] · b[i].  a, b: [n] → scalar. Throws `ShapeMismatch`. */
export const dot = dualPair("dot", (a, b) => {
  checkVectors("dot", a, b, true)
  return sum(mul(a, b))
})

/** a[i] · b[j].  a: [m], b: [n] → [m, n]. Throws `ShapeMismatch`. */
export const outer = dualPair("outer", (a, b) => {
  checkVectors("outer", a, b, false)
  return mul(unsqueeze(a, 1), unsqueeze(b, 0))
})
