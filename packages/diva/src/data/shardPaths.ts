import * as fs from "node:fs/promises"
import * as path from "node:path"
import { type FileError, nearestName, readFailure } from "@diva/models"
import { Data, Effect } from "effect"

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

const globCharacters = /[*?[\]{}]/

/** The folder above the first part of a pattern that has a wildcard. */
const fixedFolder = (pattern: string): string => {
  const parts = pattern.split("/")
  const wild = parts.findIndex((part) => globCharacters.test(part))
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

const globbed = async (pattern: string): Promise<readonly string[]> => {
  const matches: string[] = []
  for await (const match of fs.glob(pattern)) matches.push(match)
  return matches.toSorted()
}

const reading = <A>(file: string, read: () => Promise<A>): Effect.Effect<A, FileError> =>
  Effect.tryPromise({ try: read, catch: (cause) => readFailure(file, cause) })

/** The folder is listed first: a glob over an unreadable folder would just be empty. */
const expandGlob = Effect.fnUntraced(function* (pattern: string) {
  const folder = fixedFolder(pattern)
  const present = yield* reading(folder, () => fs.readdir(folder))
  const matches = yield* reading(pattern, () => globbed(pattern))
  return matches.length > 0 ? matches : yield* notFound(pattern, folder, present.toSorted())
})

const expandFolder = Effect.fnUntraced(function* (folder: string) {
  const present = yield* reading(folder, () => fs.readdir(folder))
  const shards = present.filter((name) => name.endsWith(".tar")).toSorted()
  return shards.length > 0 ? shards.map((name) => path.join(folder, name)) : yield* notFound(folder, folder, present)
})

/** A path that exists is meant as it is spelt, even with brackets in it. */
const expandOne = Effect.fnUntraced(function* (pattern: string) {
  const stat = yield* reading(pattern, () => fs.stat(pattern)).pipe(Effect.result)
  if (stat._tag === "Success") return stat.success.isDirectory() ? yield* expandFolder(pattern) : [pattern]
  return globCharacters.test(pattern) ? yield* expandGlob(pattern) : yield* Effect.fail(stat.failure)
})

/**
 * The tar files meant by paths, folders and patterns (`*`, `?`, `[…]`, `{00..12}`), each pattern's sorted, none twice.
 * Errors: `ShardsNotFound`, `FileUnreadable`.
 */
export const shardPaths = (
  patterns: string | readonly string[],
): Effect.Effect<readonly string[], ShardsNotFound | FileError> =>
  Effect.map(Effect.forEach(typeof patterns === "string" ? [patterns] : patterns, expandOne), (lists) => [
    ...new Set(lists.flat()),
  ])
