import { counted } from "@diva/tensor"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { nearestName } from "../params/nearestName.ts"
import type { NamesMismatch, ShapeDifference, UnmatchedName } from "./weightsError.ts"

type Shape = readonly number[]

/** The names and shapes a file holds, as the readers of this package give them. */
export interface NamedShapes {
  readonly file: string
  readonly entries: ReadonlyMap<string, { readonly shape: Shape }>
}

export interface CheckNamesOptions {
  /** Names that may be absent or extra, compared with a whole name or with its end after a dot: "position_ids". */
  readonly ignorable?: readonly string[]
}

const isIgnorable = (name: string, ignorable: readonly string[]): boolean =>
  ignorable.some((end) => name === end || name.endsWith(`.${end}`))

const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((axis, i) => axis === b[i])

/** Edit distances cost length² each; suggestions beyond this many names would be read by nobody. */
const suggestedNames = 40

const withNearest = (names: readonly string[], others: readonly string[]): readonly UnmatchedName[] =>
  names.map((key, i) => {
    const nearest = i < suggestedNames ? nearestName(key, others) : undefined
    return nearest === undefined ? { key } : { key, nearest }
  })

/** A prefix which, put before every name of `short`, gives names of `long`: "module." or "visual.", or undefined. */
const commonPrefix = (short: readonly string[], long: readonly string[]): string | undefined => {
  const first = short[0]
  if (first === undefined) return undefined
  const names = new Set(long)
  const prefixes = long.filter((name) => name.endsWith(`.${first}`)).map((name) => name.slice(0, -first.length))
  return prefixes.find((prefix) => short.every((name) => names.has(prefix + name)))
}

const isPositions = (name: string): boolean => /(^|\.)visual\.(positional_embedding|trunk\.pos_embed)$/.test(name)

const remedyOf = (
  missing: readonly string[],
  unexpected: readonly string[],
  wrongShape: readonly ShapeDifference[],
): string => {
  const extra = commonPrefix(missing, unexpected)
  if (extra !== undefined) return `strip the prefix "${extra}" from the file's names`
  const lacking = commonPrefix(unexpected, missing)
  if (lacking !== undefined) return `put the prefix "${lacking}" before the file's names`
  const isOtherSize = missing.length + unexpected.length === 0 && wrongShape.length > 0
  if (isOtherSize && wrongShape.every(({ key }) => isPositions(key)))
    return "it is the same CLIP for images of another size; diva convert IN OUT --image-size PIXELS resizes its positions"
  return isOtherSize
    ? "the file holds the same kind of model in another size; choose the configuration it was made with"
    : "choose the configuration this file was made with, or map its names to the expected ones first"
}

const wrongShapes = (
  expected: Readonly<Record<string, Shape>>,
  entries: NamedShapes["entries"],
): readonly ShapeDifference[] =>
  Object.entries(expected)
    .flatMap(([key, shape]) => {
      const found = entries.get(key)?.shape
      return found === undefined || sameShape(shape, found) ? [] : [{ key, expected: shape, found }]
    })
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))

/**
 * Compares the names and shapes a model needs with those a file holds, strictly both ways, and reports all differences
 * at once, sorted by name. Gives the expected names that are present, sorted.
 * Errors: `NamesMismatch`.
 */
export const checkNames = (
  expected: Readonly<Record<string, Shape>>,
  { file, entries }: NamedShapes,
  { ignorable = [] }: CheckNamesOptions = {},
): Either<NamesMismatch, readonly string[]> => {
  const needed = Object.keys(expected).toSorted()
  const missing = needed.filter((name) => !entries.has(name) && !isIgnorable(name, ignorable))
  const unexpected = [...entries.keys()]
    .filter((name) => !Object.hasOwn(expected, name) && !isIgnorable(name, ignorable))
    .toSorted()
  const wrongShape = wrongShapes(expected, entries)
  if (missing.length + unexpected.length + wrongShape.length === 0)
    return E.right(needed.filter((name) => entries.has(name)))
  return E.left({
    _tag: "NamesMismatch",
    file,
    missing: withNearest(missing, unexpected),
    unexpected: withNearest(unexpected, missing),
    wrongShape,
    rule: `${counted(missing.length, "tensor")} missing, ${unexpected.length} unexpected, ${wrongShape.length} of the wrong shape`,
    remedy: remedyOf(missing, unexpected, wrongShape),
  })
}
