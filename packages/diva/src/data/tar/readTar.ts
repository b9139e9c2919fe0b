import type { ByteSource } from "@diva/models"
import { Effect, Option, type Scope, Stream } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { storedSource } from "../../files/storedSource.ts"
import { fromEither, fromTaskEither } from "../../fromEither.ts"
import { nextTarEntry, type TarEntry, type TarWindow } from "./tarEntry.ts"
import type { TarError } from "./tarError.ts"

/** Read at a time: holds the headers of a few small members, and wastes little where contents are large. */
const windowBytes = 16 * 1024

/** Opens a file for the life of the scope. Errors: `FileUnreadable`. */
export const openTar = (file: string): Effect.Effect<ByteSource, TarError, Scope.Scope> => storedSource(file)

const readWindow = (source: ByteSource, offset: number, bytes: number): Effect.Effect<TarWindow, TarError> =>
  Effect.map(fromTaskEither(source.read(offset, Math.max(0, Math.min(bytes, source.size - offset)))), (piece) => ({
    file: source.file,
    fileBytes: source.size,
    offset,
    bytes: piece,
  }))

type Page = readonly [readonly TarEntry[], Option.Option<number>]

const goOn = (entries: readonly TarEntry[], at: number): Page => [entries, Option.some(at)]
const stop = (entries: readonly TarEntry[]): Page => [entries, Option.none()]

/**
 * The entries whose headers lie in one window from `offset`, and where to read on. Damage further on is left to the page
 * that begins with it, so that all members before it are given first.
 */
const readPage = Effect.fnUntraced(function* (source: ByteSource, offset: number) {
  let window = yield* readWindow(source, offset, windowBytes)
  const entries: TarEntry[] = []
  for (let at = offset; ;) {
    const outcome = nextTarEntry(window, at)
    if (at > offset && (E.isLeft(outcome) || outcome.right._tag === "More")) return goOn(entries, at)
    const step = yield* fromEither(outcome)
    if (step._tag === "End") return stop(entries)
    if (step._tag === "More") window = yield* readWindow(source, offset, Math.max(step.bytes, windowBytes))
    else {
      entries.push(step.entry)
      at = step.entry.end
      if (at >= offset + window.bytes.byteLength) return goOn(entries, at)
    }
  }
})

/**
 * The members of an open tar file from byte `from` (0, or where some member starts), headers only: contents are skipped,
 * and memory does not grow with the file.
 * Errors: `TarTruncated`, `TarCorrupt`, `FileUnreadable`.
 */
export const tarEntries = (source: ByteSource, from = 0): Stream.Stream<TarEntry, TarError> =>
  Stream.paginate(from, (offset) => readPage(source, offset))

/** The members of a tar file by its path; the file is closed when the stream ends. Errors: as `tarEntries`. */
export const tarFileEntries = (file: string, from = 0): Stream.Stream<TarEntry, TarError> =>
  Stream.unwrap(Effect.map(openTar(file), (source) => tarEntries(source, from)))

/** The content of one member. Errors: `FileUnreadable`. */
export const readTarEntry = (
  source: ByteSource,
  { data, size }: TarEntry,
): Effect.Effect<Uint8Array<ArrayBuffer>, TarError> => fromTaskEither(source.read(data, size))
