import * as path from "node:path"
import { Effect } from "effect"
import { isFolder, isThere, namesIn } from "../../files/presence.ts"
import { storage } from "../../files/storage.ts"

/** What makes a path a pattern, besides braces. */
const wild = /[*?[\]]/

/** Whether a path is a pattern. */
export const isPattern = (text: string): boolean => wild.test(text) || alternativesIn(text) !== undefined

interface Alternatives {
  readonly before: string
  readonly choices: readonly string[]
  readonly after: string
}

const maxRange = 1_000_000

/** "00..12" → 00, 01, …, 12, as wide as its widest end; undefined for anything else. */
const rangeOf = (text: string): readonly string[] | undefined => {
  const [, first, last] = /^(\d{1,15})\.\.(\d{1,15})$/.exec(text) ?? []
  if (first === undefined || last === undefined) return undefined
  const [from, to] = [Number(first), Number(last)]
  const count = Math.abs(to - from) + 1
  const isPadded = [first, last].some((end) => end.length > 1 && end.startsWith("0"))
  const width = isPadded ? Math.max(first.length, last.length) : 1
  const at = (i: number): string => String(from + (to < from ? -i : i)).padStart(width, "0")
  return count > maxRange ? undefined : Array.from({ length: count }, (_, i) => at(i))
}

const closing = (text: string, open: number): number => {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    if (text[at] === "{") depth++
    else if (text[at] === "}" && --depth === 0) return at
  }
  return -1
}

/** Commas that are in no inner braces divide. */
const dividedAtCommas = (text: string): readonly string[] => {
  const pieces = [""]
  let depth = 0
  for (const letter of text) {
    depth += letter === "{" ? 1 : letter === "}" ? -1 : 0
    if (letter === "," && depth === 0) pieces.push("")
    else pieces.push(`${pieces.pop()}${letter}`)
  }
  return pieces
}

/** The first braces of a text that mean several: a range or a list. */
const alternativesIn = (text: string): Alternatives | undefined => {
  for (let open = text.indexOf("{"); open >= 0; open = text.indexOf("{", open + 1)) {
    const close = closing(text, open)
    if (close < 0) continue
    const inside = text.slice(open + 1, close)
    const choices = rangeOf(inside) ?? dividedAtCommas(inside)
    if (choices.length > 1) return { before: text.slice(0, open), choices, after: text.slice(close + 1) }
  }
  return undefined
}

/** Every path that braces spell, in the order a shell gives them: `{00..02}.tar`, `{train,val}/*.tar`. */
export const bracesExpanded = (text: string): readonly string[] => {
  const found = alternativesIn(text)
  if (found === undefined) return [text]
  const { before, choices, after } = found
  return choices.flatMap((choice) => bracesExpanded(`${before}${choice}${after}`))
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")

/** One name's pattern as a shell reads it: `*`, `?`, `[a-c]`, `[!x]`. */
const nameMatcher = (pattern: string): RegExp => {
  const parts = pattern.split(/(\*+|\?|\[[!^]?\]?[^\]]*\])/)
  const sources = parts.map((part, i) => {
    if (i % 2 === 0) return literal(part)
    if (part.startsWith("*")) return ".*"
    return part === "?" ? "." : `[${part.slice(1, -1).replace(/^[!^]/, "^").replaceAll("\\", "\\\\")}]`
  })
  return new RegExp(`^${sources.join("")}$`, "su")
}

/** Like a shell, `*` passes over hidden names: `._0001.tar` is what other systems leave beside `0001.tar`. */
const namesMatching = (folder: string, pattern: string): Effect.Effect<readonly string[]> => {
  const matcher = nameMatcher(pattern)
  return Effect.map(namesIn(folder), (names) =>
    names.filter((name) => (pattern.startsWith(".") || !name.startsWith(".")) && matcher.test(name)),
  )
}

/** The wait is for the disk. */
const atOnce = 32

/** All folders below one, itself first, links followed; a link that leads to a folder above is not. */
const foldersBelow = Effect.fnUntraced(function* (
  folder: string,
  above: readonly string[] = [],
): Effect.fn.Return<readonly string[]> {
  const { files } = yield* storage
  const place = yield* Effect.orElseSucceed(files.realPath(folder), () => undefined)
  if (place === undefined || above.includes(place) || !(yield* isFolder(folder))) return []
  const below = (yield* namesMatching(folder, "*")).map((name) => path.join(folder, name))
  const all = yield* Effect.forEach(below, (one) => foldersBelow(one, [...above, place]), { concurrency: atOnce })
  return [folder, ...all.flat()]
})

const step = Effect.fnUntraced(function* (folder: string, part: string): Effect.fn.Return<readonly string[]> {
  if (part === "**") return yield* foldersBelow(folder)
  if (wild.test(part)) return (yield* namesMatching(folder, part)).map((name) => path.join(folder, name))
  const next = path.join(folder, part)
  return (yield* isThere(next)) ? [next] : []
})

/**
 * The paths that match a pattern without braces, sorted. Links to files and folders are followed, as a shell's glob does;
 * `**` stands for any folders.
 */
export const matching = Effect.fnUntraced(function* (pattern: string): Effect.fn.Return<readonly string[]> {
  const { root } = path.parse(pattern)
  const parts = pattern
    .slice(root.length)
    .split(/[/\\]+/)
    .filter((part) => part !== "" && part !== ".")
  let found: readonly string[] = [root === "" ? "." : root]
  for (const part of parts)
    found = (yield* Effect.forEach(found, (folder) => step(folder, part), { concurrency: atOnce })).flat()
  return [...new Set(found)].toSorted()
})
