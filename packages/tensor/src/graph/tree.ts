import { raise } from "../error.ts"
import { isTensor } from "./graph.ts"
import { describeValue } from "../text/operand.ts"
import { fromHere } from "./trace.ts"

/** Parameters, states and batches: plain readonly records and arrays with leaves of `Leaf`. */
export type Tree<Leaf> = Leaf | readonly Tree<Leaf>[] | { readonly [key: string]: Tree<Leaf> }

/** The tree type of `T` with every leaf of type `From` replaced by `To`. */
export type Mapped<T, From, To> = T extends From ? To : { readonly [Key in keyof T]: Mapped<T[Key], From, To> }

/** A leaf with its path, `blocks.0.weight`. */
export interface PathLeaf<Leaf> {
  readonly path: string
  readonly leaf: Leaf
}

const isBranch = (value: unknown): value is Readonly<Record<string, unknown>> | readonly unknown[] => {
  if (Array.isArray(value)) return true
  if (typeof value !== "object" || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const join = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`)

const remedyAt = (value: unknown): string => {
  if (isTensor(value))
    return "a tensor has no numbers yet: device.put computes those of a constant expression, device.jit those of a program"
  return typeof value === "number" || Array.isArray(value) || ArrayBuffer.isView(value)
    ? "f32([2], [1, 2]) makes a host array of numbers"
    : "keep static configuration out of trees of tensors"
}

const refuseLeaf = (op: string, path: string, value: unknown): never =>
  raise({
    _tag: "TreeMismatch",
    op,
    path,
    rule: `${path === "" ? "what was given" : `"${path}"`} is ${describeValue(value)}, neither a leaf nor a record or array of leaves`,
    remedy: remedyAt(value),
  })

const walk = <Leaf>(
  op: string,
  tree: unknown,
  isLeaf: (value: unknown) => value is Leaf,
  path: string,
  found: PathLeaf<Leaf>[],
): void => {
  if (isLeaf(tree)) found.push({ path, leaf: tree })
  else if (isBranch(tree))
    for (const [key, value] of Object.entries(tree)) walk(op, value, isLeaf, join(path, key), found)
  else if (tree !== undefined) refuseLeaf(op, path, tree)
}

/**
 * Leaves in order of description, each with its path. Throws `TreeMismatch` at anything that is neither leaf nor branch, in the
 * name of `op`.
 */
export const leavesOf = <Leaf>(
  tree: unknown,
  isLeaf: (value: unknown) => value is Leaf,
  op = "tree",
): readonly PathLeaf<Leaf>[] => {
  const found: PathLeaf<Leaf>[] = []
  walk(op, tree, isLeaf, "", found)
  return found
}

const rebuild = <Leaf, Other>(
  op: string,
  tree: unknown,
  isLeaf: (value: unknown) => value is Leaf,
  path: string,
  change: (leaf: Leaf, path: string) => Other,
): unknown => {
  if (isLeaf(tree)) return change(tree, path)
  if (Array.isArray(tree)) return tree.map((value, i) => rebuild(op, value, isLeaf, join(path, String(i)), change))
  if (isBranch(tree))
    return Object.fromEntries(
      Object.entries(tree).map(([key, value]) => [key, rebuild(op, value, isLeaf, join(path, key), change)]),
    )
  return tree === undefined ? undefined : refuseLeaf(op, path, tree)
}

/** The same tree with every leaf changed. */
export const mapTree = <T, Leaf, Other>(
  tree: T,
  isLeaf: (value: unknown) => value is Leaf,
  change: (leaf: Leaf, path: string) => Other,
  op = "tree",
): Mapped<T, Leaf, Other> => fromHere(() => rebuild(op, tree, isLeaf, "", change)) as Mapped<T, Leaf, Other>

/** A function of a tree's leaves that keeps their paths: rebuilds `tree` from leaves looked up by path. */
export const fillTree = <T, Leaf, Other>(
  tree: T,
  isLeaf: (value: unknown) => value is Leaf,
  leaves: ReadonlyMap<string, Other>,
): Mapped<T, Leaf, Other> =>
  mapTree(
    tree,
    isLeaf,
    (_leaf, path) =>
      leaves.get(path) ??
      raise({
        _tag: "TreeMismatch",
        op: "tree",
        path,
        rule: `no leaf "${path}"`,
        remedy: "the two trees must have the same paths",
      }),
  )

/** Leaves of trees of one form, in order, and such trees from their leaves: what either needs of the form is found out once. */
export interface TreeForm {
  /** The leaves of `tree`; where it has another form, `undefined` in the place of what is missing. */
  readonly leaves: (tree: unknown) => readonly unknown[]
  /** The tree with these leaves, given in order. */
  readonly fill: (leaves: readonly unknown[]) => unknown
}

type Reader = (tree: unknown, found: unknown[]) => void

const readerOf = (form: unknown, isLeaf: (value: unknown) => boolean): Reader => {
  if (isLeaf(form)) return (tree, found) => void found.push(tree)
  const readers = isBranch(form)
    ? Object.entries(form).map(([key, value]) => [key, readerOf(value, isLeaf)] as const)
    : []
  return (tree, found) => {
    const branch = isBranch(tree) ? (tree as Readonly<Record<string, unknown>>) : undefined
    for (const [key, read] of readers) read(branch?.[key], found)
  }
}

type Filler = (next: () => unknown) => unknown

const fillerOf = (form: unknown, isLeaf: (value: unknown) => boolean): Filler => {
  if (isLeaf(form)) return (next) => next()
  if (Array.isArray(form)) {
    const fillers = form.map((value) => fillerOf(value, isLeaf))
    return (next) => fillers.map((fill) => fill(next))
  }
  if (!isBranch(form)) return () => form
  const fillers = Object.entries(form).map(([key, value]) => [key, fillerOf(value, isLeaf)] as const)
  return (next) => {
    const filled: Record<string, unknown> = {}
    for (const [key, fill] of fillers) filled[key] = fill(next)
    return filled
  }
}

/** The form of `tree`. */
export const treeForm = (tree: unknown, isLeaf: (value: unknown) => boolean): TreeForm => {
  const [read, fill] = [readerOf(tree, isLeaf), fillerOf(tree, isLeaf)]
  return {
    leaves: (other) => {
      const found: unknown[] = []
      read(other, found)
      return found
    },
    fill: (leaves) => {
      let next = 0
      return fill(() => leaves[next++])
    },
  }
}
