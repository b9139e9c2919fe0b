import type { LeafPredicate } from "./partition.ts"

/** Leaves at or below any of the given paths: `under("visual", "head.proj")`. */
export const under =
  (...paths: readonly string[]): LeafPredicate =>
  (path) =>
    paths.some((above) => path === above || path.startsWith(`${above}.`))

/** Leaves whose path matches a pattern: `matching(/\.bias$/)`. */
export const matching =
  (pattern: RegExp): LeafPredicate =>
  (path) =>
    path.search(pattern) >= 0

/** Leaves that can be trained: f32 and f16. */
export const floating: LeafPredicate = (_path, { dtype }) => dtype === "f32" || dtype === "f16"

/** Leaves that a predicate does not hold for. */
export const outside =
  (predicate: LeafPredicate): LeafPredicate =>
  (path, leaf) =>
    !predicate(path, leaf)

/** Leaves for which every predicate holds. */
export const every =
  (...predicates: readonly LeafPredicate[]): LeafPredicate =>
  (path, leaf) =>
    predicates.every((predicate) => predicate(path, leaf))
