import { maskedCrc32c } from "./crc32c.ts"

/** An event of TensorBoard's log. `wallTime`: seconds since 1970. */
export type LogEvent =
  | { readonly _tag: "version"; readonly wallTime: number }
  /** A process began: what an earlier one wrote for `step` and later is void. */
  | { readonly _tag: "start"; readonly wallTime: number; readonly step: number }
  | {
      readonly _tag: "scalars"
      readonly wallTime: number
      readonly step: number
      readonly values: Readonly<Record<string, number>>
    }

/** Protocol buffers' variable-length whole number. */
const varint = (value: number): readonly number[] => {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest]
    bytes.push((rest % 128) + 128)
  }
}

const wire = { varint: 0, eight: 1, bytes: 2, four: 5 } as const

const tagged = (field: number, type: number): readonly number[] => varint(field * 8 + type)

const bytesField = (field: number, bytes: readonly number[]): readonly number[] => [
  ...tagged(field, wire.bytes),
  ...varint(bytes.length),
  ...bytes,
]

const textField = (field: number, text: string): readonly number[] =>
  bytesField(field, [...new TextEncoder().encode(text)])

const doubleField = (field: number, value: number): readonly number[] => [
  ...tagged(field, wire.eight),
  ...new Uint8Array(Float64Array.of(value).buffer),
]

const floatField = (field: number, value: number): readonly number[] => [
  ...tagged(field, wire.four),
  ...new Uint8Array(Float32Array.of(value).buffer),
]

const wholeField = (field: number, value: number): readonly number[] => [
  ...tagged(field, wire.varint),
  ...varint(value),
]

/** `SessionLog.START`. */
const startStatus = 1

const content = (event: LogEvent): readonly number[] => {
  if (event._tag === "version") return textField(3, "brain.Event:2")
  if (event._tag === "start") return [...wholeField(2, event.step), ...bytesField(7, wholeField(1, startStatus))]
  const values = Object.entries(event.values).map(([tag, value]) =>
    bytesField(1, [...textField(1, tag), ...floatField(2, value)]),
  )
  return [...wholeField(2, event.step), ...bytesField(5, values.flat())]
}

/**
 * One record of an event file: length, its checksum, the event as a protocol buffer, its checksum.
 * Source: tensorflow/core/util/event.proto, core/framework/summary.proto, core/lib/io/record_writer.h.
 */
export const eventRecord = (event: LogEvent): Uint8Array<ArrayBuffer> => {
  const data = Uint8Array.from([...doubleField(1, event.wallTime), ...content(event)])
  const record = new Uint8Array(data.byteLength + 16)
  const view = new DataView(record.buffer)
  view.setBigUint64(0, BigInt(data.byteLength), true)
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true)
  record.set(data, 12)
  view.setUint32(12 + data.byteLength, maskedCrc32c(data), true)
  return record
}
