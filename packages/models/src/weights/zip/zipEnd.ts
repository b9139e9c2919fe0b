import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import type { ByteSource } from "../byteSource.ts"
import type { WeightsError } from "../weightsError.ts"
import { archiveInvalid } from "./zipError.ts"

/** Where the list of an archive's entries lies. */
export interface ZipEnd {
  readonly directoryOffset: number
  readonly directoryBytes: number
  readonly entryCount: number
}

const endBytes = 22
const locatorBytes = 20
const end64Bytes = 56
const longestComment = 0xffff

/** Longest list of entries accepted. The longest a checkpoint needs are a few hundred kilobytes. */
const maxDirectoryBytes = 64 * 2 ** 20

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** A 64-bit count; beyond 2^53 it becomes Infinity, which no bound lets through. */
export const bigCount = (view: DataView, at: number): number => {
  const value = view.getBigUint64(at, true)
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Infinity : Number(value)
}

/** Position of the end record in the last bytes of a file: the last one whose comment ends with the file. */
const findEnd = (view: DataView): number | undefined => {
  for (let at = view.byteLength - endBytes; at >= 0; at--)
    if (view.getUint32(at, true) === 0x06054b50 && at + endBytes + view.getUint16(at + 20, true) === view.byteLength)
      return at
  return undefined
}

const smallEnd = (view: DataView, at: number): ZipEnd => ({
  entryCount: view.getUint16(at + 10, true),
  directoryBytes: view.getUint32(at + 12, true),
  directoryOffset: view.getUint32(at + 16, true),
})

const largeEnd = (source: ByteSource, at: number): TaskEither<WeightsError, ZipEnd> =>
  at + end64Bytes > source.size
    ? TE.left(archiveInvalid(source.file, "its zip64 end record lies outside the file"))
    : pipe(
        source.read(at, end64Bytes),
        TE.map(viewOf),
        TE.filterOrElseW(
          (view) => view.getUint32(0, true) === 0x06064b50,
          () => archiveInvalid(source.file, "its zip64 end record is not where the locator says"),
        ),
        TE.map((view) => ({
          entryCount: bigCount(view, 32),
          directoryBytes: bigCount(view, 40),
          directoryOffset: bigCount(view, 48),
        })),
      )

const checkEnd = (source: ByteSource, end: ZipEnd): Either<WeightsError, ZipEnd> => {
  if (end.directoryOffset + end.directoryBytes > source.size)
    return E.left(archiveInvalid(source.file, "its list of entries lies outside the file"))
  return end.directoryBytes > maxDirectoryBytes
    ? E.left(archiveInvalid(source.file, `its list of entries takes ${end.directoryBytes} bytes`))
    : E.right(end)
}

/**
 * Finds the list of entries from the end of a zip file, zip64 included.
 * Errors: `ArchiveInvalid`, `FileUnreadable`. Source: PKWARE's APPNOTE.TXT, 4.3.14 – 4.3.16.
 */
export const readZipEnd = (source: ByteSource): TaskEither<WeightsError, ZipEnd> => {
  const tail = Math.min(source.size, endBytes + longestComment + locatorBytes)
  const broken = archiveInvalid(source.file, "it begins as a zip archive but has no end record: it is cut off")
  return pipe(
    source.read(source.size - tail, tail),
    TE.map(viewOf),
    TE.chainW((view) => {
      const at = findEnd(view)
      if (at === undefined) return TE.left(broken)
      const locator = at - locatorBytes
      return locator >= 0 && view.getUint32(locator, true) === 0x07064b50
        ? largeEnd(source, bigCount(view, locator + 8))
        : TE.right(smallEnd(view, at))
    }),
    TE.chainEitherKW((end) => checkEnd(source, end)),
  )
}
