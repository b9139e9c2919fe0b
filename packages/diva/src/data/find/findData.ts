import * as path from "node:path"
import type { FileError } from "@diva/models"
import { Effect } from "effect"
import { readText } from "../../files/readText.ts"
import { reading, storage } from "../../files/storage.ts"
import { isPictureName } from "../pictures.ts"
import { bracesExpanded, isPattern, matching } from "./glob.ts"
import { nothingFound, ShardsNotFound, someAbsent } from "./shardsNotFound.ts"
import { walkFolder } from "./walkFolder.ts"

/** Where samples lie: a tar file, compressed or not, or a folder of pictures. */
export interface DataPlace {
  readonly kind: "tar" | "pictures"
  readonly path: string
}

type NotFound = ShardsNotFound | FileError

const tarName = /\.(tar|tar\.gz|tgz)$/i
const listName = /\.(txt|list)$/i

const isTarName = (name: string): boolean => tarName.test(name)

const tarPlace = (file: string): DataPlace => ({ kind: "tar", path: file })

const listing = (folder: string): Effect.Effect<readonly string[], FileError> =>
  Effect.flatMap(storage, ({ files }) => reading(folder)(files.readDirectory(folder)))

const statOf = (file: string) => Effect.flatMap(storage, ({ files }) => reading(file)(files.stat(file)))

/** A folder is its tar files, at any depth; or, where it has none, its pictures. */
const inFolder = Effect.fnUntraced(function* (folder: string): Effect.fn.Return<readonly DataPlace[], NotFound> {
  const found = yield* walkFolder(folder, (name) => isTarName(name) || isPictureName(name))
  const shards = found.filter(({ name }) => isTarName(name))
  if (shards.length > 0) return shards.map(({ name }) => tarPlace(path.join(folder, name)))
  if (found.length > 0) return [{ kind: "pictures", path: folder }]
  return yield* nothingFound(folder, folder, yield* listing(folder))
})

/** The folder above the first part of a pattern that has a wildcard. */
const fixedFolder = (pattern: string): string => {
  const parts = pattern.split("/")
  const wild = parts.findIndex(isPattern)
  return parts.slice(0, wild).join("/") || (pattern.startsWith("/") ? "/" : ".")
}

/** The folder is listed first: a pattern over an unreadable folder would just be empty. */
const inPattern = Effect.fnUntraced(function* (
  pattern: string,
  lists: readonly string[],
): Effect.fn.Return<readonly DataPlace[], NotFound> {
  const folder = fixedFolder(pattern)
  const present = yield* listing(folder)
  const spelt = bracesExpanded(pattern)
  const matches = yield* Effect.forEach(spelt, matching)
  const absent = spelt.filter((_, i) => matches[i]!.length === 0)
  if (absent.length === spelt.length) return yield* nothingFound(pattern, folder, present.toSorted())
  if (absent.length > 0) return yield* someAbsent(pattern, absent, spelt.length)
  const found = yield* Effect.forEach([...new Set(matches.flat())], (file) => atPath(file, lists))
  return found.flat()
})

/** Lines of a list, as any editor on any system writes them: CRLF, blank lines and # remarks allowed. */
const linesOf = (text: string): readonly string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))

const listInItself = (file: string): ShardsNotFound =>
  new ShardsNotFound({
    pattern: file,
    folder: path.dirname(file),
    rule: "this list includes itself, directly or through another",
    remedy: "remove it from the lists it leads to",
  })

/** A list holds paths and patterns, one a line, relative to where it lies. */
const inList = Effect.fnUntraced(function* (
  file: string,
  lists: readonly string[],
): Effect.fn.Return<readonly DataPlace[], NotFound> {
  const real = yield* Effect.flatMap(storage, ({ files }) => reading(file)(files.realPath(file)))
  if (lists.includes(real)) return yield* listInItself(file)
  const lines = linesOf(yield* readText(file))
  if (lines.length === 0) return yield* nothingFound(file, path.dirname(file), [])
  const found = yield* Effect.forEach(lines, (line) =>
    oneSource(path.isAbsolute(line) ? line : path.join(path.dirname(file), line), [...lists, real]),
  )
  return found.flat()
})

/** A path that exists is meant as it is spelt, even with brackets in it. */
const atPath = Effect.fnUntraced(function* (
  file: string,
  lists: readonly string[],
): Effect.fn.Return<readonly DataPlace[], NotFound> {
  if ((yield* statOf(file)).type === "Directory") return yield* inFolder(file)
  return listName.test(file) ? yield* inList(file, lists) : [tarPlace(file)]
})

const oneSource = (source: string, lists: readonly string[]): Effect.Effect<readonly DataPlace[], NotFound> =>
  Effect.matchEffect(statOf(source), {
    onFailure: (error) => (isPattern(source) || source.includes("{") ? inPattern(source, lists) : Effect.fail(error)),
    onSuccess: () => atPath(source, lists),
  })

/**
 * The data meant by paths, folders, lists (`.txt`) and patterns (`*`, `?`, `[…]`, `**`, `{00..12}`, `{a,b}`), in the order
 * given, each pattern's sorted, none twice. Every name that braces stand for must be there.
 * Errors: `ShardsNotFound`, `FileUnreadable`.
 */
export const findData = (
  sources: string | readonly string[],
): Effect.Effect<readonly DataPlace[], ShardsNotFound | FileError> =>
  Effect.map(
    Effect.forEach(typeof sources === "string" ? [sources] : sources, (source) => oneSource(source, [])),
    (places) => [...new Map(places.flat().map((place) => [path.resolve(place.path), place])).values()],
  )
