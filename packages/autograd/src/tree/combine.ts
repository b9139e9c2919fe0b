import { raise } from "@diva/tensor"
import { isArrayLeaf, type ArrayLeaf } from "./arrayLeaf.ts"

/** The tree that two sides of a partition make together. */
export type Combined<A, B> = [NonNullable<A>] extends [never]
  ? B
  : NonNullable<A> extends ArrayLeaf
    ? NonNullable<A>
    : { readonly [Key in keyof A]: Combined<A[Key], Key extends keyof B ? B[Key] : undefined> }

type Branch = Readonly<Record<string, unknown>>

const clash = (path: string, rule: string): never =>
  raise({
    _tag: "TreeMismatch",
    op: "combine",
    path,
    rule: `"${path}" ${rule}`,
    remedy: "combine takes the two sides that partition returned",
  })

const merge = (a: unknown, b: unknown, path: string): unknown => {
  if (a === undefined) return b
  if (b === undefined) return a
  if (isArrayLeaf(a) || isArrayLeaf(b)) return clash(path, "is in both trees")
  if (Array.isArray(a) !== Array.isArray(b)) return clash(path, "is an array in one tree and a record in the other")
  return mergeBranches(a as Branch, b as Branch, path)
}

const mergeBranches = (a: Branch, b: Branch, path: string): unknown => {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  const merged = keys.map((key) => [key, merge(a[key], b[key], path === "" ? key : `${path}.${key}`)] as const)
  return Array.isArray(a) ? merged.map(([, value]) => value) : Object.fromEntries(merged)
}

/**
 * Puts two sides of a partition together: each leaf comes from the side that has it.
 * `combine(...partition(tree, p))` is `tree` for every `p`. Throws `TreeMismatch` when a leaf is in both.
 */
export const combine = <A, B>(a: A, b: B): Combined<A, B> => merge(a, b, "") as Combined<A, B>
