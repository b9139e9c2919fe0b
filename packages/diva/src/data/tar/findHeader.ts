import type { ByteSource } from "@diva/models"
import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { fromTaskEither } from "../../fromEither.ts"
import type { TarError } from "./tarError.ts"
import { blockBytes, parseTarHeader } from "./tarHeader.ts"

const searchedAtOnce = 1 << 20
const magicAt = 257
const magic = "ustar"

/** The first well-formed header in `bytes`, at any byte: whatever damaged the file may have shifted what follows. */
const headerIn = (bytes: Buffer): number | undefined => {
  for (let at = bytes.indexOf(magic, magicAt); at >= 0; at = bytes.indexOf(magic, at + 1)) {
    const start = at - magicAt
    if (start + blockBytes > bytes.byteLength) return undefined
    if (E.isRight(parseTarHeader(bytes.subarray(start, start + blockBytes)))) return start
  }
  return undefined
}

/**
 * Where the next well-formed header begins at or after byte `from`; undefined where there is none. Memory does not grow with
 * the file. Headers older than POSIX's have nothing to be told by, and are not found. Errors: `FileUnreadable`.
 */
export const findHeader = Effect.fnUntraced(function* (
  source: ByteSource,
  from: number,
): Effect.fn.Return<number | undefined, TarError> {
  for (let at = from; at + blockBytes <= source.size; at += searchedAtOnce) {
    const length = Math.min(searchedAtOnce + blockBytes, source.size - at)
    const bytes = yield* fromTaskEither(source.read(at, length))
    const found = headerIn(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    if (found !== undefined) return at + found
  }
  return undefined
})
