import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"

const space = 0x20
const newline = 0x0a

const recordLength = (bytes: Uint8Array): number => {
  const digits = new TextDecoder("latin1").decode(bytes.subarray(0, bytes.indexOf(space)))
  return /^[1-9][0-9]{0,9}$/.test(digits) ? Number(digits) : 0
}

/**
 * The records of an extended header, each `<length> <key>=<value>\n` where length counts the whole record in bytes.
 * A left is the rule they break. Source: POSIX.1 pax, "pax Extended Header".
 */
export const parsePaxRecords = (bytes: Uint8Array): Either<string, Readonly<Record<string, string>>> => {
  const records: [string, string][] = []
  for (let at = 0; at < bytes.byteLength;) {
    const rest = bytes.subarray(at)
    const length = recordLength(rest)
    const record = rest.subarray(rest.indexOf(space) + 1, length - 1)
    const equals = record.indexOf(0x3d)
    if (length === 0 || length > rest.byteLength || rest[length - 1] !== newline || equals < 0)
      return E.left("an extended header's records are malformed")
    records.push([
      new TextDecoder().decode(record.subarray(0, equals)),
      new TextDecoder().decode(record.subarray(equals + 1)),
    ])
    at += length
  }
  return E.right(Object.fromEntries(records))
}

/** One record; its length includes the digits of the length, hence the two steps. */
export const paxRecord = (key: string, value: string): Uint8Array => {
  const rest = new TextEncoder().encode(` ${key}=${value}\n`)
  const guess = rest.byteLength + String(rest.byteLength).length
  const length = rest.byteLength + String(guess).length
  return new TextEncoder().encode(`${length} ${key}=${value}\n`)
}
