import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { parsePaxRecords } from "./paxRecords.ts"
import { corrupt, type TarError, truncated } from "./tarError.ts"
import { blockBytes, isZeroBlock, paddedBytes, parseTarHeader, type TarHeader } from "./tarHeader.ts"

/** A member of a tar file. All positions are bytes from the file's start. */
export interface TarEntry {
  readonly name: string
  readonly kind: "file" | "folder" | "other"
  /** Where its first header begins, long-name headers included: reading can begin here. */
  readonly start: number
  readonly data: number
  readonly size: number
  /** Where the next member begins. */
  readonly end: number
}

/** A piece of a tar file, `offset` bytes from the start of a file of `fileBytes`. */
export interface TarWindow {
  readonly file: string
  readonly fileBytes: number
  readonly offset: number
  readonly bytes: Uint8Array
}

/** An entry; or the end, by its marker or where the file ends after a member; or `More`: the window must reach `bytes` beyond `start` to continue. */
export type TarStep =
  | { readonly _tag: "Entry"; readonly entry: TarEntry }
  | { readonly _tag: "End" }
  | { readonly _tag: "More"; readonly bytes: number }

/** Long names and extended headers are text of a few hundred bytes; more is an attack on memory. */
const maxExtensionBytes = 1 << 20

const extensionTypes: ReadonlySet<string> = new Set(["L", "K", "x", "g"])
/** Links, devices and folders have no content even where their size field says so. */
const emptyTypes: ReadonlySet<string> = new Set(["1", "2", "3", "4", "5", "6"])

/** What extension headers say about the member that follows them. */
interface Overrides {
  readonly name?: string
  readonly size?: number
}

const longName = (content: Uint8Array): Overrides => ({
  name: new TextDecoder().decode(content).replace(/\0.*$/s, ""),
})

const paxOverrides = (content: Uint8Array): Either<string, Overrides> =>
  E.map((records: Readonly<Record<string, string>>): Overrides => {
    const { path, size } = records
    return { ...(path === undefined ? {} : { name: path }), ...(size === undefined ? {} : { size: Number(size) }) }
  })(parsePaxRecords(content))

const overridesOf = (type: string, content: Uint8Array): Either<string, Overrides> => {
  if (type === "L") return E.right(longName(content))
  return type === "x" ? paxOverrides(content) : E.right({})
}

const kindOf = ({ type, name }: TarHeader): TarEntry["kind"] => {
  if (type === "5" || name.endsWith("/")) return "folder"
  return type === "0" || type === "7" ? "file" : "other"
}

const missingEnd = ({ file, fileBytes }: TarWindow, at: number): TarError =>
  truncated(
    file,
    at,
    fileBytes === at
      ? at === 0
        ? "the file is empty"
        : "the file ends after a long name, without the member it names"
      : `the file ends inside a header, ${fileBytes - at} bytes into its ${blockBytes}`,
  )

const cutContent = ({ file, fileBytes }: TarWindow, at: number, name: string, end: number): TarError =>
  truncated(file, at, `the content of ${JSON.stringify(name)} needs ${end - fileBytes} more bytes than the file has`)

const entryAt = (
  window: TarWindow,
  start: number,
  at: number,
  header: TarHeader,
  over: Overrides,
): Either<TarError, TarStep> => {
  const named: TarHeader = { ...header, ...over }
  const size = emptyTypes.has(header.type) ? 0 : named.size
  const data = at + blockBytes
  const isWhole = data + size <= window.fileBytes
  // A file may end with the last content, before what fills its block.
  const end = isWhole ? Math.min(data + paddedBytes(size), window.fileBytes) : data + paddedBytes(size)
  if (!Number.isSafeInteger(size) || size < 0) return E.left(corrupt(window.file, at, "its size is not a whole number"))
  if (end > window.fileBytes) return E.left(cutContent(window, at, named.name, end))
  return E.right({ _tag: "Entry", entry: { name: named.name, kind: kindOf(named), start, data, size, end } })
}

/**
 * Reads the member whose first header begins at byte `start`, which lies inside the window. Pure: no file is touched.
 * Errors: `TarTruncated`, `TarCorrupt`, each with the byte at which the trouble begins.
 */
export const nextTarEntry = (window: TarWindow, start: number): Either<TarError, TarStep> => {
  const { file, fileBytes, offset, bytes } = window
  const over: Overrides = {}
  for (let at = start; ;) {
    // Files without the marker are read by GNU tar and by Python's stream mode; whoever indexes a shard tells of it.
    if (at === fileBytes && at === start && at > 0) return E.right({ _tag: "End" })
    if (at + blockBytes > fileBytes) return E.left(missingEnd(window, at))
    if (at + blockBytes > offset + bytes.byteLength) return E.right({ _tag: "More", bytes: at + blockBytes - start })
    const block = bytes.subarray(at - offset, at - offset + blockBytes)
    if (isZeroBlock(block))
      return at === start ? E.right({ _tag: "End" }) : E.left(corrupt(file, at, "a long name names no member"))
    const header = parseTarHeader(block)
    if (E.isLeft(header)) return E.left(corrupt(file, at, header.left))
    const { type, size, name } = header.right
    if (!extensionTypes.has(type)) return entryAt(window, start, at, header.right, over)
    if (size > maxExtensionBytes)
      return E.left(corrupt(file, at, `an extended header of ${size} bytes is unreasonable`))
    const end = at + blockBytes + paddedBytes(size)
    if (end > fileBytes) return E.left(cutContent(window, at, name, end))
    if (end > offset + bytes.byteLength) return E.right({ _tag: "More", bytes: end - start })
    const found = overridesOf(type, bytes.subarray(at - offset + blockBytes, at - offset + blockBytes + size))
    if (E.isLeft(found)) return E.left(corrupt(file, at, found.left))
    Object.assign(over, found.right)
    at = end
  }
}
