import { leavesOf, isTensor, mapTree, raise, variable, type Tensor } from "@diva/tensor"
import { isDifferentiable } from "./region.ts"

/** A tree whose leaves are fresh variables, and those variables in order. */
export interface Variables<T> {
  readonly tree: T
  readonly leaves: readonly Tensor[]
}

const requireFloating = (op: string, leaf: Tensor, path: string): Tensor =>
  isDifferentiable(leaf)
    ? leaf
    : raise({
        _tag: "NotDifferentiable",
        op,
        rule: `leaf "${path}" is ${leaf.dtype}, which has no derivative`,
        remedy: "pass it after the differentiated argument, or partition(tree, isFloating) the parameters",
      })

/**
 * Gives each leaf a fresh identity, so that "the gradient with respect to this leaf" means this occurrence: the same
 * tensor passed twice, or also reached through a closure, keeps its other roles constant.
 */
export const variablesOf = <T>(op: string, tree: T): Variables<T> => {
  const wrapped = mapTree(tree, isTensor, (leaf, path) => variable(requireFloating(op, leaf, path))) as T
  return { tree: wrapped, leaves: leavesOf(wrapped, isTensor).map(({ leaf }) => leaf) }
}

/** The tree with its tensors replaced, in order of description, by `leaves`. */
export const refill = <T>(tree: T, leaves: readonly Tensor[]): T => {
  let next = 0
  return mapTree(tree, isTensor, () => leaves[next++]!) as T
}
