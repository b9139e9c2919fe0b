import * as fs from "node:fs/promises"
import * as path from "node:path"
import { type FileError, nearestName, readFailure } from "@diva/models"
import { Data, Effect } from "effect"
import { bracesExpanded, isPattern, matching } from "./glob.ts"

/** A pattern or folder in which no shard was found. */
export class ShardsNotFound extends Data.TaggedError("ShardsNotFound")<{
  readonly pattern: string
  readonly folder: string
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return `${this.pattern}: ${this.rule}`
  }
}

/** The folder above the first part of a pattern that has a wildcard. */
const fixedFolder = (pattern: string): string => {
  const parts = pattern.split("/")
  const wild = parts.findIndex(isPattern)
  return parts.slice(0, wild).join("/") || (pattern.startsWith("/") ? "/" : ".")
}

const notFound = (pattern: string, folder: string, present: readonly string[]): ShardsNotFound => {
  const nearest = nearestName(path.basename(pattern), present)
  const shown = present.slice(0, 3).join(", ")
  return new ShardsNotFound({
    pattern,
    folder,
    rule: present.length === 0 ? `the folder ${folder} is empty` : `nothing in ${folder} matches; it holds ${shown}…`,
    remedy:
      nearest === undefined
        ? 'give a pattern such as "data/*.tar", a tar file, or a folder of tar files'
        : `did you mean ${path.join(folder, nearest)}?`,
  })
}

const shownAbsent = 8

/** Braces spell every path out: one that is not there was meant to be. */
const absent = (pattern: string, missing: readonly string[], of: number): ShardsNotFound => {
  const names = missing.slice(0, shownAbsent).map((file) => path.basename(file))
  const more = missing.length > names.length ? `, … (${missing.length})` : ""
  return new ShardsNotFound({
    pattern,
    folder: path.dirname(missing[0]!),
    rule: `${missing.length} of the ${of} it names ${missing.length === 1 ? "is" : "are"} absent: ${names.join(", ")}${more}`,
    remedy: 'fetch what is absent, or name what is there: "data/*.tar", or a shorter range',
  })
}

const reading = <A>(file: string, read: () => Promise<A>): Effect.Effect<A, FileError> =>
  Effect.tryPromise({ try: read, catch: (cause) => readFailure(file, cause) })

/** The folder is listed first: a glob over an unreadable folder would just be empty. */
const expandGlob = Effect.fnUntraced(function* (pattern: string) {
  const folder = fixedFolder(pattern)
  const present = yield* reading(folder, () => fs.readdir(folder))
  const spelt = bracesExpanded(pattern)
  const found = yield* Effect.forEach(spelt, (one) => reading(one, () => matching(one)))
  const matches = found.flat()
  if (matches.length === 0) return yield* notFound(pattern, folder, present.toSorted())
  const missing = spelt.filter((_, i) => found[i]!.length === 0)
  return missing.length === 0 ? matches : yield* absent(pattern, missing, spelt.length)
})

const expandFolder = Effect.fnUntraced(function* (folder: string) {
  const present = yield* reading(folder, () => fs.readdir(folder))
  const shards = present.filter((name) => name.endsWith(".tar") && !name.startsWith(".")).toSorted()
  return shards.length > 0 ? shards.map((name) => path.join(folder, name)) : yield* notFound(folder, folder, present)
})

/** A path that exists is meant as it is spelt, even with brackets in it. */
const expandOne = Effect.fnUntraced(function* (pattern: string) {
  const stat = yield* reading(pattern, () => fs.stat(pattern)).pipe(Effect.result)
  if (stat._tag === "Success") return stat.success.isDirectory() ? yield* expandFolder(pattern) : [pattern]
  return isPattern(pattern) ? yield* expandGlob(pattern) : yield* Effect.fail(stat.failure)
})

/**
 * The tar files meant by paths, folders and patterns (`*`, `?`, `[…]`, `**`, `{00..12}`), each pattern's sorted, none twice.
 * Links are followed; of what braces spell, everything must be there.
 * Errors: `ShardsNotFound`, `FileUnreadable`.
 */
export const shardPaths = (
  patterns: string | readonly string[],
): Effect.Effect<readonly string[], ShardsNotFound | FileError> =>
  Effect.map(Effect.forEach(typeof patterns === "string" ? [patterns] : patterns, expandOne), (lists) => [
    ...new Set(lists.flat()),
  ])
