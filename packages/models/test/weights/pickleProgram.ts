import type { ByteSource } from "../../src/weights/index.ts"
import { memorySource } from "../../src/weights/index.ts"
import { zipDirectory, zipHeader, type WrittenRecord } from "../../src/weights/zip/zipWriter.ts"
import { crc32 } from "node:zlib"

const utf8 = new TextEncoder()

/** Text of bytes, one byte, or bytes. */
export type Part = string | number | Uint8Array

/** Bytes of a pickle written as text and numbers: `["\x80", 2, "cposix\nsystem\n"]`. */
export const program = (...parts: readonly Part[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === "number"
        ? [part]
        : typeof part === "string"
          ? Array.from(part, (letter) => letter.charCodeAt(0))
          : [...part],
    ),
  )

/** BINUNICODE. */
export const text = (value: string): Uint8Array => {
  const bytes = utf8.encode(value)
  return program("X", bytes.byteLength & 255, bytes.byteLength >> 8, 0, 0, bytes)
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.byteLength
  }
  return bytes
}

/** A zip archive of these records, stored. */
export const archive = (records: Readonly<Record<string, Uint8Array>>): Uint8Array => {
  const parts: Uint8Array[] = []
  const written: WrittenRecord[] = []
  let position = 0
  for (const [name, bytes] of Object.entries(records)) {
    const record = { name, bytes: bytes.byteLength, crc: crc32(bytes), headerOffset: position }
    const header = zipHeader(record)
    parts.push(header, bytes)
    written.push(record)
    position += header.byteLength + bytes.byteLength
  }
  return joined([...parts, zipDirectory(written, position)])
}

/** A PyTorch zip of this pickle and these storages. */
export const torchZip = (pickle: Uint8Array, storages: Readonly<Record<string, Uint8Array>> = {}): ByteSource =>
  memorySource(
    archive({
      "a/data.pkl": pickle,
      ...Object.fromEntries(Object.entries(storages).map(([key, bytes]) => [`a/data/${key}`, bytes])),
      "a/version": utf8.encode("3\n"),
    }),
    "made.pt",
  )

/** Instructions that push a tensor: floats of storage "0" with `count` elements. */
export const tensorProgram = (count: number, offset: number, shape: readonly number[], strides: readonly number[]) => {
  const integer = (value: number) =>
    program("J", value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255)
  return program(
    "ctorch._utils\n_rebuild_tensor_v2\n((",
    text("storage"),
    "ctorch\nFloatStorage\n",
    text("0"),
    text("cpu"),
    integer(count),
    "tQ",
    integer(offset),
    "(",
    ...shape.map(integer),
    "t(",
    ...strides.map(integer),
    "t\x89ccollections\nOrderedDict\n)RtR",
  )
}
