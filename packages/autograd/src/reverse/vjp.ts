import { isTensor, leavesOf, raise, sameShape, showSpec, type PathLeaf, type Tensor } from "@diva/tensor"
import { isDifferentiable } from "./region.ts"
import { sweep, type Seed } from "./sweep.ts"
import { refill, variablesOf } from "./variables.ts"

/** Takes cotangents of the output back to cotangents of the primals. */
export type PullbackOf<Primals, Output> = (cotangents: Output) => Primals

const requireMatch = ({ path, leaf }: PathLeaf<Tensor>, cotangent: Tensor | undefined): Tensor => {
  if (cotangent?.dtype === leaf.dtype && sameShape(cotangent.shape, leaf.shape)) return cotangent
  return raise({
    _tag: "TreeMismatch",
    op: "vjp",
    path,
    rule: `the cotangent of "${path}" must be ${showSpec(leaf)}, got ${cotangent === undefined ? "none" : showSpec(cotangent)}`,
    remedy: "pass a tree of the output's structure, shapes and element types",
  })
}

const seedsOf = (output: unknown, cotangents: unknown): readonly Seed[] => {
  const given = new Map(leavesOf(cotangents, isTensor).map(({ path, leaf }) => [path, leaf]))
  return leavesOf(output, isTensor)
    .filter(({ leaf }) => isDifferentiable(leaf))
    .map((found) => ({ output: found.leaf, cotangent: requireMatch(found, given.get(found.path)) }))
}

/**
 * A function's output and its pullback: `vjp(f)(...primals)` = [y, ȳ ↦ ȳᵀ·∂y/∂primals].
 *
 * Primals and output are trees of tensors of any shape; the pullback takes a tree like the output and gives one tree per
 * primal. It is linear in ȳ and may be called several times. Cotangents of integer and boolean outputs are ignored.
 * Throws `NotDifferentiable` (integer primals, ops without a derivative), `TreeMismatch` (cotangents unlike the output).
 */
export const vjp =
  <Primals extends readonly unknown[], Output>(f: (...primals: Primals) => Output) =>
  (...primals: Primals): readonly [output: Output, pullback: PullbackOf<Primals, Output>] => {
    const { tree, leaves } = variablesOf("vjp", primals)
    const output = f(...tree)
    return [output, (cotangents) => refill(primals, sweep(seedsOf(output, cotangents), leaves))]
  }
