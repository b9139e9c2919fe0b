import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"

/** Tar files consist of blocks of this many bytes; every header is one block, every content a whole number of them. */
export const blockBytes = 512

/** Bytes that content of `size` bytes occupies. */
export const paddedBytes = (size: number): number => Math.ceil(size / blockBytes) * blockBytes

/** One header block. `type` is the type flag's character; `size` the bytes of content that follow, before padding. */
export interface TarHeader {
  readonly name: string
  readonly type: string
  readonly size: number
}

const text = (block: Uint8Array, at: number, length: number): string => {
  const field = block.subarray(at, at + length)
  const end = field.indexOf(0)
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end))
}

const octal = (field: Uint8Array): number | undefined => {
  const digits = new TextDecoder("latin1")
    .decode(field)
    .replace(/^ +/, "")
    .replace(/[ \0].*$/s, "")
  return /^[0-7]*$/.test(digits) ? Number.parseInt(`0${digits}`, 8) : undefined
}

/** GNU's form for large numbers: a set top bit, then a big-endian integer. */
const bigEndian = (field: Uint8Array): number =>
  field.reduce((value, byte, i) => value * 256 + (i === 0 ? byte & 0x7f : byte), 0)

const numeric = (block: Uint8Array, at: number, length: number): number | undefined => {
  const field = block.subarray(at, at + length)
  const value = (field[0] as number) & 0x80 ? bigEndian(field) : octal(field)
  return Number.isSafeInteger(value) ? value : undefined
}

const checksumAt = 148
const checksumBytes = 8

/** Sum of all bytes, those of the checksum itself counting as spaces. Old writers summed signed bytes. */
const checksums = (block: Uint8Array): readonly [number, number] => {
  let unsigned = 0
  let signed = 0
  for (let i = 0; i < blockBytes; i++) {
    const inChecksum = i >= checksumAt && i < checksumAt + checksumBytes
    const byte = inChecksum ? 0x20 : (block[i] as number)
    unsigned += byte
    signed += byte < 128 ? byte : byte - 256
  }
  return [unsigned, signed]
}

export const checksum = (block: Uint8Array): number => checksums(block)[0]

/** POSIX headers continue the name in a prefix field; GNU ones keep other things there. */
const fullName = (block: Uint8Array): string => {
  const name = text(block, 0, 100)
  const prefix = text(block, 257, 6) === "ustar" ? text(block, 345, 155) : ""
  return prefix === "" ? name : `${prefix}/${name}`
}

const checkedSum = (block: Uint8Array): Either<string, Uint8Array> => {
  const stated = numeric(block, checksumAt, checksumBytes)
  return stated !== undefined && checksums(block).includes(stated)
    ? E.right(block)
    : E.left("the header's checksum does not match its bytes")
}

/** Reads one header block (not of zeros). A left is the rule it breaks. Source: POSIX.1 pax, "ustar Interchange Format". */
export const parseTarHeader = (block: Uint8Array): Either<string, TarHeader> =>
  pipe(
    checkedSum(block),
    E.chain(() => E.fromNullable("the header's size field is not a number")(numeric(block, 124, 12))),
    E.map((size) => ({ name: fullName(block), type: text(block, 156, 1) || "0", size })),
  )

export const isZeroBlock = (block: Uint8Array): boolean => block.every((byte) => byte === 0)
