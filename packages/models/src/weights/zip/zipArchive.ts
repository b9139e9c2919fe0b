import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import type { ByteSource } from "../byteSource.ts"
import type { WeightsError } from "../weightsError.ts"
import { bigCount, readZipEnd, type ZipEnd } from "./zipEnd.ts"
import { archiveInvalid } from "./zipError.ts"

/** One record of an archive. */
export interface ZipEntry {
  readonly name: string
  readonly bytes: number
  /** Where its local header begins. */
  readonly headerOffset: number
  /** As in TorchScript's source code, which nobody reads here. */
  readonly isCompressed: boolean
}

/** The records of a zip archive; their bytes are read on demand. */
export interface ZipArchive {
  readonly source: ByteSource
  readonly entries: ReadonlyMap<string, ZipEntry>
  /** Bytes [from, from + length) of a record. Errors: `ArchiveInvalid`, `FileUnreadable`. */
  readonly read: (entry: ZipEntry, from: number, length: number) => TaskEither<WeightsError, Uint8Array<ArrayBuffer>>
}

const recordBytes = 46
const localBytes = 30
const absent32 = 0xffffffff
const repack = "pack it again without compression (zip -0), or load it with torch.load and write it with torch.save"

interface RawEntry extends ZipEntry {
  readonly next: number
  readonly packedBytes: number
  readonly flags: number
}

/** The 64-bit numbers of an entry's zip64 field, in the order the format gives them. */
const wideNumbers = (view: DataView, from: number, to: number): readonly number[] => {
  for (let at = from; at + 4 <= to;) {
    const length = view.getUint16(at + 2, true)
    if (view.getUint16(at, true) === 1) {
      const count = Math.floor(Math.min(length, to - at - 4) / 8)
      return Array.from({ length: count }, (_, i) => bigCount(view, at + 4 + 8 * i))
    }
    at += 4 + length
  }
  return []
}

/** Replaces each number that did not fit its 32 bits by the next wide one. */
const widen = (narrow: readonly number[], wide: readonly number[]): readonly number[] => {
  let taken = 0
  return narrow.map((value) => (value === absent32 ? (wide[taken++] ?? value) : value))
}

const parseRecord = (view: DataView, at: number): RawEntry | undefined => {
  if (at + recordBytes > view.byteLength || view.getUint32(at, true) !== 0x02014b50) return undefined
  const nameEnd = at + recordBytes + view.getUint16(at + 28, true)
  const extraEnd = nameEnd + view.getUint16(at + 30, true)
  const next = extraEnd + view.getUint16(at + 32, true)
  if (next > view.byteLength) return undefined
  const narrow = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)]
  const [bytes, packedBytes, headerOffset] = widen(narrow, wideNumbers(view, nameEnd, extraEnd))
  const name = new TextDecoder().decode(
    new Uint8Array(view.buffer, view.byteOffset + at + recordBytes, nameEnd - at - recordBytes),
  )
  return {
    name,
    bytes: bytes as number,
    packedBytes: packedBytes as number,
    headerOffset: headerOffset as number,
    flags: view.getUint16(at + 8, true),
    isCompressed: view.getUint16(at + 10, true) !== 0,
    next,
  }
}

const refusalOf = (file: string, entry: RawEntry, end: ZipEnd, seen: ReadonlyMap<string, ZipEntry>) => {
  const { name, flags, isCompressed, bytes, packedBytes, headerOffset } = entry
  if (seen.has(name)) return archiveInvalid(file, `it holds two records named ${name}`)
  if ((flags & 1) !== 0) return archiveInvalid(file, `its record ${name} is encrypted`, "decrypt it first")
  if (!isCompressed && packedBytes !== bytes)
    return archiveInvalid(file, `its record ${name} claims two sizes, ${bytes} and ${packedBytes}`)
  return headerOffset + localBytes + packedBytes > end.directoryOffset
    ? archiveInvalid(
        file,
        `its record ${name} claims ${packedBytes} bytes at ${headerOffset}, beyond the data of the file`,
      )
    : undefined
}

const parseDirectory = (
  file: string,
  bytes: Uint8Array,
  end: ZipEnd,
): Either<WeightsError, ReadonlyMap<string, ZipEntry>> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const entries = new Map<string, ZipEntry>()
  for (let at = 0; at < bytes.byteLength;) {
    const entry = parseRecord(view, at)
    if (entry === undefined) return E.left(archiveInvalid(file, `its list of entries is damaged at byte ${at}`))
    const refusal = refusalOf(file, entry, end, entries)
    if (refusal !== undefined) return E.left(refusal)
    const { name, bytes: size, headerOffset, isCompressed, next } = entry
    entries.set(name, { name, bytes: size, headerOffset, isCompressed })
    at = next
  }
  return entries.size === end.entryCount
    ? E.right(entries)
    : E.left(archiveInvalid(file, `it claims ${end.entryCount} records and lists ${entries.size}`))
}

/** Where a record's bytes begin: its local header repeats the name and may be padded for alignment. */
const dataOffset = (source: ByteSource, entry: ZipEntry): TaskEither<WeightsError, number> =>
  pipe(
    source.read(entry.headerOffset, localBytes),
    TE.chainEitherKW((bytes) => {
      const view = new DataView(bytes.buffer)
      const begin = entry.headerOffset + localBytes + view.getUint16(26, true) + view.getUint16(28, true)
      if (view.getUint32(0, true) !== 0x04034b50)
        return E.left(
          archiveInvalid(source.file, `the header of record ${entry.name} is not where its list of entries says`),
        )
      return begin + entry.bytes > source.size
        ? E.left(archiveInvalid(source.file, `record ${entry.name} ends beyond the file`))
        : E.right(begin)
    }),
  )

const unreadable = (
  file: string,
  { name, bytes, isCompressed }: ZipEntry,
  needed: number,
): WeightsError | undefined => {
  if (isCompressed)
    return archiveInvalid(file, `its record ${name} is compressed; PyTorch stores data uncompressed`, repack)
  return needed > bytes ? archiveInvalid(file, `record ${name} has ${bytes} bytes, ${needed} are needed`) : undefined
}

const readRecord =
  (source: ByteSource): ZipArchive["read"] =>
  (entry, from, length) => {
    const refusal = unreadable(source.file, entry, from + length)
    if (refusal !== undefined) return TE.left(refusal)
    return pipe(
      dataOffset(source, entry),
      TE.chainW((begin) => source.read(begin + from, length)),
    )
  }

/**
 * Reads the list of records of a zip archive and checks every claim it makes against the file's size. Only stored
 * records can be read, which is how PyTorch writes data: so nothing can grow on reading.
 * Errors: `ArchiveInvalid`, `FileUnreadable`.
 */
export const openZip = (source: ByteSource): TaskEither<WeightsError, ZipArchive> =>
  pipe(
    readZipEnd(source),
    TE.bindTo("end"),
    TE.bindW("bytes", ({ end }) => source.read(end.directoryOffset, end.directoryBytes)),
    TE.chainEitherKW(({ end, bytes }) => parseDirectory(source.file, bytes, end)),
    TE.map((entries) => ({ source, entries, read: readRecord(source) })),
  )
