import { raise } from "../error.ts"
import { requireTensor } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { sizeOf } from "../shape/shape.ts"
import { permute } from "./permute.ts"
import { reshape } from "./reshape.ts"

/** One axis of a tensor, as the names of the axes it is made of: `(h d)` is ["h", "d"], `1` is none. */
type Group = readonly string[]

/** Extents of named axes that the tensor's shape does not tell, such as the heads in `(h d)`. */
export type AxisSizes = Readonly<Record<string, number>>

const fail = (pattern: string, rule: string): never =>
  raise({
    _tag: "InvalidAttribute",
    op: "rearrange",
    attribute: "pattern",
    rule: `"${pattern}": ${rule}`,
    remedy: 'name every axis once on each side, such as rearrange(x, "b (h d) t -> b h t d", { h: 8 })',
  })

/** Names as they are written; `...` outside of parentheses is as many axes as it stands for, inside it is joined with the others. */
const wordsOf = (pattern: string, side: string): readonly { readonly names: Group; readonly joined: boolean }[] => {
  const words = side.match(/\([^()]*\)|[^\s()]+|[()]/g) ?? []
  return words.map((word) => {
    const names = word.replace(/^\(|\)$/g, "").match(/\S+/g) ?? []
    const wrong = names.find((name) => !/^(?:[A-Za-z_]\w*|1|\.\.\.)$/.test(name))
    if (wrong !== undefined || word === "(" || word === ")")
      fail(pattern, `"${wrong ?? word}" is not the name of an axis`)
    return { names: names.filter((name) => name !== "1"), joined: word.startsWith("(") }
  })
}

const hiddenNames = (count: number): Group => Array.from({ length: count }, (_, i) => `...${i}`)

/** One side's axes, with `...` written out as names that no user can give. */
const groupsOf = (words: ReturnType<typeof wordsOf>, hidden: Group): readonly Group[] =>
  words.flatMap(({ names, joined }) => {
    const written = names.flatMap((name) => (name === "..." ? hidden : [name]))
    return joined || !names.includes("...") ? [written] : written.map((name) => [name])
  })

const checkNames = (pattern: string, left: readonly string[], right: readonly string[]): void => {
  for (const [side, names] of [left, right].entries()) {
    const twice = names.find((name, i) => names.indexOf(name) < i)
    if (twice !== undefined) fail(pattern, `${twice} occurs twice on the ${side === 0 ? "left" : "right"}`)
  }
  const lost = left.find((name) => !right.includes(name))
  if (lost !== undefined)
    fail(pattern, `${lost} is not on the right: rearranging loses no axis (use sum, mean or slice)`)
  const new_ = right.find((name) => !left.includes(name))
  if (new_ !== undefined) fail(pattern, `${new_} is not on the left: rearranging makes no axis (use expand)`)
}

const parse = (pattern: string, rank: number): readonly [readonly Group[], readonly Group[]] => {
  const sides = pattern.split("->")
  if (sides.length !== 2) fail(pattern, "needs one ->")
  const [left, right] = [wordsOf(pattern, sides[0]!), wordsOf(pattern, sides[1]!)]
  const dots = left.filter(({ names }) => names.includes("..."))
  if (dots.some(({ joined }) => joined)) fail(pattern, "... must stand outside parentheses on the left")
  const count = rank - left.length + dots.length
  if (count < 0 || (dots.length === 0 && count > 0)) fail(pattern, `the left names ${left.length} axes, x has ${rank}`)
  const [from, to] = [groupsOf(left, hiddenNames(count)), groupsOf(right, hiddenNames(count))]
  checkNames(pattern, from.flat(), to.flat())
  return [from, to]
}

/** Extents of the names of one axis; one may be left to be computed. */
const extentsOf = (pattern: string, group: Group, extent: number, sizes: AxisSizes): readonly number[] => {
  const shown = `(${group.join(" ")})`
  if (group.length === 1) {
    const given = sizes[group[0]!]
    if (given !== undefined && given !== extent) fail(pattern, `${group[0]} is ${extent} in x, but ${given} was given`)
    return [extent]
  }
  const unknown = group.filter((name) => sizes[name] === undefined)
  if (unknown.length > 1)
    fail(pattern, `give the size of ${unknown.slice(1).join(" and ")}: ${shown} is ${extent} in x`)
  const known = sizeOf(group.flatMap((name) => sizes[name] ?? []))
  const rest = unknown.length === 0 ? 1 : extent / known
  if (known * rest !== extent || !Number.isInteger(rest))
    fail(pattern, `${shown} is ${extent} in x, not a multiple of ${known}`)
  return group.map((name) => sizes[name] ?? rest)
}

const checkSizes = (pattern: string, names: readonly string[], sizes: AxisSizes): void => {
  const stray = Object.keys(sizes).find((name) => !names.includes(name))
  if (stray !== undefined) fail(pattern, `a size was given for ${stray}, which is not one of its axes`)
}

/**
 * Splits, exchanges and joins axes by name: `rearrange(x, "b (h d) t -> b h t d", { h: 8 })` is a reshape, a permutation and a
 * reshape. In parentheses stand axes that lie in one, the last varying fastest; `1` is an axis of one element, `...` all axes
 * that are not named. Of each parenthesis on the left all sizes but one are given.
 * Throws `InvalidAttribute` for names that are missing, repeated or do not fit x's shape.
 * Source: the notation of Rogozhnikov 2022, "Einops".
 */
export const rearrange = (x: Tensor, pattern: string, sizes: AxisSizes = {}): Tensor => {
  const { shape } = requireTensor("rearrange", x)
  const [left, right] = parse(pattern, shape.length)
  const names = left.flat()
  checkSizes(pattern, names, sizes)
  const extents = left.flatMap((group, i) =>
    group.length === 0 && shape[i] !== 1
      ? fail(pattern, `axis ${i} of x is ${shape[i]}, not 1`)
      : extentsOf(pattern, group, shape[i]!, sizes),
  )
  const order = right.flat().map((name) => names.indexOf(name))
  const apart = reshape(x, extents)
  const exchanged = order.every((from, to) => from === to) ? apart : permute(apart, order)
  return reshape(
    exchanged,
    right.map((group) => sizeOf(group.map((name) => extents[names.indexOf(name)]!))),
  )
}
