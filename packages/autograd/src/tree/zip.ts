import { isTensor, leavesOf, mapTree, raise, type Tensor } from "@diva/tensor"

const missing = (op: string, path: string): never =>
  raise({
    _tag: "TreeMismatch",
    op,
    path,
    rule: `no leaf "${path}" in one of the trees`,
    remedy: "gradient, state and parameters must have the same paths",
  })

/** The tree of `change(leaf, other trees' leaves at the same path…)`. Throws `TreeMismatch` if a path is missing. */
export const zipTrees = <T>(
  op: string,
  tree: T,
  others: readonly unknown[],
  change: (leaf: Tensor, ...others: readonly Tensor[]) => Tensor,
): T => {
  const found = others.map((other) => new Map(leavesOf(other, isTensor).map(({ path, leaf }) => [path, leaf])))
  return mapTree(tree, isTensor, (leaf, path) =>
    change(leaf, ...found.map((leaves) => leaves.get(path) ?? missing(op, path))),
  ) as T
}
