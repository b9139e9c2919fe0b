/** A record as it was written. */
export interface WrittenRecord {
  readonly name: string
  readonly bytes: number
  readonly crc: number
  readonly headerOffset: number
}

const utf8 = new TextEncoder()
const full32 = 0xffffffff
const version = 45
/** Names are UTF-8. */
const flags = 0x0800
/** 1980-01-01, the first day of the format's calendar: equal weights give equal files. */
const date = 0x21
/** PyTorch maps storages into memory at such positions. */
const alignment = 64

/** Numbers of `width` bytes each, little-endian. */
const fields = (list: readonly (readonly [value: number, width: 2 | 4 | 8])[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(list.reduce((sum, [, width]) => sum + width, 0)))
  let at = 0
  for (const [value, width] of list) {
    if (width === 2) view.setUint16(at, value, true)
    else if (width === 4) view.setUint32(at, value, true)
    else view.setBigUint64(at, BigInt(value), true)
    at += width
  }
  return new Uint8Array(view.buffer)
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

const isWide = ({ bytes, headerOffset }: WrittenRecord): boolean => bytes >= full32 || headerOffset >= full32

/** The zip64 field: both sizes, and in the directory the position. */
const wideField = (numbers: readonly number[]): Uint8Array =>
  fields([[1, 2], [8 * numbers.length, 2], ...numbers.map((value) => [value, 8] as const)])

/** A field of zeros that lets the data behind a header of `before` bytes begin at a multiple of 64. */
const padding = (headerOffset: number, before: number): Uint8Array => {
  const fieldHead = 4
  const length = (alignment - ((headerOffset + before + fieldHead) % alignment)) % alignment
  return joined([
    fields([
      [0x4246, 2],
      [length, 2],
    ]),
    new Uint8Array(length),
  ])
}

type Fields = Parameters<typeof fields>[0]

/** What both the header and the directory say of a record, in the same order. */
const sharedFields = ({ crc }: WrittenRecord, size: number, name: Uint8Array, extra: Uint8Array): Fields => [
  [version, 2],
  [flags, 2],
  [0, 2],
  [0, 2],
  [date, 2],
  [crc, 4],
  [size, 4],
  [size, 4],
  [name.byteLength, 2],
  [extra.byteLength, 2],
]

/** What goes before a record's bytes. */
export const zipHeader = (record: WrittenRecord): Uint8Array => {
  const name = utf8.encode(record.name)
  const wide = isWide(record) ? wideField([record.bytes, record.bytes]) : new Uint8Array(0)
  const extra = joined([wide, padding(record.headerOffset, 30 + name.byteLength + wide.byteLength)])
  const size = isWide(record) ? full32 : record.bytes
  const head = fields([[0x04034b50, 4], ...sharedFields(record, size, name, extra)])
  return joined([head, name, extra])
}

const directoryRecord = (record: WrittenRecord): Uint8Array => {
  const name = utf8.encode(record.name)
  const wide = isWide(record)
  const extra = wide ? wideField([record.bytes, record.bytes, record.headerOffset]) : new Uint8Array(0)
  const size = wide ? full32 : record.bytes
  const head = fields([
    [0x02014b50, 4],
    [version, 2],
    ...sharedFields(record, size, name, extra),
    [0, 2],
    [0, 2],
    [0, 2],
    [0, 4],
    [wide ? full32 : record.headerOffset, 4],
  ])
  return joined([head, name, extra])
}

const wideEnd = (count: number, bytes: number, offset: number): Uint8Array =>
  joined([
    fields([
      [0x06064b50, 4],
      [44, 8],
      [version, 2],
      [version, 2],
      [0, 4],
      [0, 4],
      [count, 8],
      [count, 8],
      [bytes, 8],
      [offset, 8],
    ]),
    fields([
      [0x07064b50, 4],
      [0, 4],
      [offset + bytes, 8],
      [1, 4],
    ]),
  ])

/** The list of records and the end of the archive; `offset` is where it begins. zip64 where 32 bits do not suffice. */
export const zipDirectory = (records: readonly WrittenRecord[], offset: number): Uint8Array => {
  const list = joined(records.map(directoryRecord))
  const wide = records.some(isWide) || offset + list.byteLength >= full32 || records.length >= 0xffff
  const count = Math.min(records.length, 0xffff)
  const end = fields([
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [count, 2],
    [count, 2],
    [Math.min(list.byteLength, full32), 4],
    [Math.min(offset, full32), 4],
    [0, 2],
  ])
  return joined([list, ...(wide ? [wideEnd(records.length, list.byteLength, offset)] : []), end])
}
