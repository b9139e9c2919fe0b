import type { FileError } from "@diva/models"
import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { replaceFile } from "../../files/replaceFile.ts"
import { storage, writing } from "../../files/storage.ts"
import { paxRecord } from "./paxRecords.ts"
import { blockBytes, checksum, paddedBytes } from "./tarHeader.ts"

/** A regular file to put into a tar file. */
export interface TarMember {
  readonly name: string
  readonly bytes: Uint8Array
}

const put = (block: Uint8Array, at: number, value: string): void => {
  block.set(new TextEncoder().encode(value), at)
}

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, "0")}\0`

/** Owner, group and time are always zero, so that equal members give equal bytes whoever writes them and when. */
const headerBlock = (name: string, prefix: string, size: number, type: string): Uint8Array => {
  const block = new Uint8Array(blockBytes)
  put(block, 0, name)
  put(block, 100, octal(0o644, 7))
  put(block, 108, octal(0, 7))
  put(block, 116, octal(0, 7))
  put(block, 124, octal(size, 11))
  put(block, 136, octal(0, 11))
  put(block, 156, type)
  put(block, 257, "ustar\x0000")
  put(block, 345, prefix)
  put(block, 148, `${octal(checksum(block), 6)} `)
  return block
}

const nameBytes = 100
const prefixBytes = 155

/** Name and prefix fields for a plain ASCII name that fits them, split at a slash where it must be. */
const splitName = (name: string): readonly [string, string] | undefined => {
  if (!/^[\x20-\x7e]+$/.test(name)) return undefined
  if (name.length <= nameBytes) return [name, ""]
  const slash = name.indexOf("/", name.length - nameBytes - 1)
  return slash > 0 && slash <= prefixBytes && slash < name.length - 1
    ? [name.slice(slash + 1), name.slice(0, slash)]
    : undefined
}

const padded = (bytes: Uint8Array): Uint8Array => {
  const whole = new Uint8Array(paddedBytes(bytes.byteLength))
  whole.set(bytes)
  return whole
}

const headers = ({ name, bytes }: TarMember): readonly Uint8Array[] => {
  const fields = splitName(name)
  if (fields !== undefined) return [headerBlock(...fields, bytes.byteLength, "0")]
  const record = paxRecord("path", name)
  return [
    headerBlock("PaxHeader", "", record.byteLength, "x"),
    padded(record),
    headerBlock("long-name", "", bytes.byteLength, "0"),
  ]
}

/** All blocks of one member, content included. */
export const tarMemberBytes = (member: TarMember): readonly Uint8Array[] => [...headers(member), padded(member.bytes)]

/** The two empty blocks that close a tar file. */
export const tarEnd = (): Uint8Array => new Uint8Array(2 * blockBytes)

/**
 * Writes a tar file, member by member as they are made, all or nothing, and the folders above it where need be; equal members give
 * equal bytes. Gives its size.
 * Errors: `StorageFull`, `FileUnwritable`.
 */
export const writeTar = Effect.fn("writeTar")(function* (
  file: string,
  members: Iterable<TarMember> | AsyncIterable<TarMember>,
): Effect.fn.Return<number, FileError> {
  const { files, path } = yield* storage
  yield* writing(file)(files.makeDirectory(path.dirname(file), { recursive: true }))
  return yield* replaceFile(file, async (append) => {
    for await (const member of members) for (const bytes of tarMemberBytes(member)) await append(bytes)
    await append(tarEnd())
    return E.right(undefined)
  })
})
