import { mapTree } from "@diva/tensor"
import { isArrayLeaf, type ArrayLeaf, type Holey } from "./arrayLeaf.ts"

/** A question about a leaf and its path, `blocks.0.weight`. */
export type LeafPredicate = (path: string, leaf: ArrayLeaf) => boolean

const keep = <T>(tree: T, wanted: LeafPredicate): Holey<T> =>
  mapTree(tree, isArrayLeaf, (leaf, path) => (wanted(path, leaf) ? leaf : undefined)) as Holey<T>

/**
 * Splits a tree by a predicate on leaves: [those it holds for, the rest]. Both sides have the whole's structure, with
 * `undefined` in place of the other side's leaves, so paths stay and `combine` restores the whole. Functions of trees
 * skip missing leaves: the gradient of a partition has the same holes.
 *
 * @example
 * const [trainable, frozen] = partition(params, under("visual"))
 * grad((visual: typeof trainable) => loss(combine(visual, frozen)))(trainable)
 */
export const partition = <T>(tree: T, predicate: LeafPredicate): readonly [selected: Holey<T>, rest: Holey<T>] => [
  keep(tree, predicate),
  keep(tree, (path, leaf) => !predicate(path, leaf)),
]
