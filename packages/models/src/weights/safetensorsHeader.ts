import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import { duplicateKey } from "./duplicateKey.ts"
import { elementCount, isStoredDType, type StoredDType, storedDTypes, storedWidth } from "./storedDType.ts"
import type { WeightsError } from "./weightsError.ts"

/** Where a tensor lies: bytes `begin` (included) to `end` (excluded) of the data that follow the header. */
export interface TensorEntry {
  readonly name: string
  readonly dtype: StoredDType
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

/** What the head of a safetensors file says. `dataOffset`: where tensor data begin, in bytes from the file's start. */
export interface SafetensorsHeader {
  readonly file: string
  readonly metadata: Readonly<Record<string, string>>
  readonly entries: ReadonlyMap<string, TensorEntry>
  readonly dataOffset: number
}

/** Bytes before the JSON text: its length as an unsigned 64-bit little-endian integer. */
export const lengthBytes = 8

/** Longest JSON text accepted, as in the reference reader; a larger one is an attack or not safetensors at all. */
export const maxHeaderBytes = 100_000_000

const redownload = "fetch the file again and compare its size and checksum with the source's"
const rewrite = "the writer of this file is at fault; convert the weights again with a correct writer"

const headerInvalid = (file: string, rule: string): WeightsError => ({
  _tag: "HeaderInvalid",
  file,
  rule,
  remedy: `check that it is a safetensors file; ${redownload}`,
})

const entryInvalid = (file: string, key: string, rule: string): WeightsError => ({
  _tag: "EntryInvalid",
  file,
  key,
  rule,
  remedy: rewrite,
})

/** Length of the JSON text, from the file's first eight bytes. Errors: `HeaderInvalid`. */
export const headerLength = (first: Uint8Array, file: string, fileBytes: number): Either<WeightsError, number> => {
  if (first.byteLength < lengthBytes || fileBytes < lengthBytes)
    return E.left(
      headerInvalid(file, `${fileBytes} bytes is too short; a safetensors file begins with an 8-byte length`),
    )
  const length = new DataView(first.buffer, first.byteOffset, lengthBytes).getBigUint64(0, true)
  if (length > BigInt(maxHeaderBytes))
    return E.left(headerInvalid(file, `its header claims ${length} bytes; at most ${maxHeaderBytes} are allowed`))
  if (length > BigInt(fileBytes - lengthBytes))
    return E.left(headerInvalid(file, `its header claims ${length} bytes but the file ends after ${fileBytes}`))
  return E.right(Number(length))
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const decodeJson = (json: Uint8Array, file: string): Either<WeightsError, string> =>
  E.tryCatch(
    () => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(json),
    () => headerInvalid(file, "its header is not UTF-8 text"),
  )

const parseJson = (text: string, file: string): Either<WeightsError, Readonly<Record<string, unknown>>> =>
  pipe(
    E.tryCatch(
      (): unknown => JSON.parse(text),
      () => headerInvalid(file, "its header is not JSON"),
    ),
    E.filterOrElse(isObject, () => headerInvalid(file, "its header is not a JSON object")),
    E.filterOrElse(
      () => duplicateKey(text) === undefined,
      (): WeightsError => ({
        _tag: "DuplicateName",
        file,
        key: duplicateKey(text) ?? "",
        rule: "its header has this key twice, so it is ambiguous which tensor is meant",
        remedy: rewrite,
      }),
    ),
  )

const parseMetadata = (value: unknown, file: string): Either<WeightsError, Readonly<Record<string, string>>> =>
  value === undefined || (isObject(value) && Object.values(value).every((text) => typeof text === "string"))
    ? E.right({ ...(value as Record<string, string> | undefined) })
    : E.left(headerInvalid(file, "its __metadata__ is not a map from text to text"))

/** Whether the format has an element type: it has but one for complex numbers. */
export const isSafetensorsDType = (name: string): name is StoredDType =>
  isStoredDType(name) && name !== "C32" && name !== "C128"

const parseDType = (value: unknown, file: string, key: string): Either<WeightsError, StoredDType> =>
  typeof value === "string" && isSafetensorsDType(value)
    ? E.right(value)
    : E.left({
        _tag: "DTypeUnknown",
        file,
        key,
        dtype: String(value),
        rule: `its element type ${JSON.stringify(value)} is not one of ${storedDTypes.filter(isSafetensorsDType).join(", ")}`,
        remedy: "convert the weights to one of the listed element types, e.g. F16 or F32",
      })

const parseShape = (value: unknown, file: string, key: string): Either<WeightsError, readonly number[]> =>
  Array.isArray(value) && value.every(isCount) && Number.isSafeInteger(elementCount(value))
    ? E.right(value)
    : E.left(entryInvalid(file, key, `its shape ${JSON.stringify(value)} is not a list of axis lengths`))

const parseRange = (value: unknown, file: string, key: string): Either<WeightsError, readonly [number, number]> => {
  const [begin, end] = Array.isArray(value) && value.length === 2 ? (value as readonly unknown[]) : []
  return isCount(begin) && isCount(end) && begin <= end
    ? E.right([begin, end])
    : E.left(entryInvalid(file, key, `its data_offsets ${JSON.stringify(value)} are not two ascending byte positions`))
}

const sizeMatches = (entry: TensorEntry, file: string): Either<WeightsError, TensorEntry> => {
  const needed = elementCount(entry.shape) * storedWidth(entry.dtype)
  return needed === entry.end - entry.begin
    ? E.right(entry)
    : E.left(
        entryInvalid(
          file,
          entry.name,
          `${entry.dtype} [${entry.shape}] takes ${needed} bytes but its data_offsets span ${entry.end - entry.begin}`,
        ),
      )
}

const parseEntry =
  (file: string) =>
  ([name, value]: readonly [string, unknown]): Either<WeightsError, TensorEntry> =>
    isObject(value)
      ? pipe(
          E.Do,
          E.apS("dtype", parseDType(value["dtype"], file, name)),
          E.apS("shape", parseShape(value["shape"], file, name)),
          E.apS("range", parseRange(value["data_offsets"], file, name)),
          E.map(({ dtype, shape, range: [begin, end] }) => ({ name, dtype, shape, begin, end })),
          E.chain((entry) => sizeMatches(entry, file)),
        )
      : E.left(entryInvalid(file, name, "its header entry is not an object"))

const rangeRule = ({ begin, end }: TensorEntry, previousEnd: number, dataBytes: number): string | undefined => {
  if (end > dataBytes) return `its bytes ${begin}–${end} lie outside the ${dataBytes} bytes of data`
  if (begin < previousEnd) return `its bytes ${begin}–${end} overlap the tensor before, which ends at ${previousEnd}`
  if (begin > previousEnd) return `bytes ${previousEnd}–${begin} before it belong to no tensor; the format has no gaps`
  return undefined
}

/** Tensors must cover the data without overlap, gap or rest, so that no byte has two meanings or none. */
const coversData = (entries: readonly TensorEntry[], file: string, dataBytes: number): Either<WeightsError, true> => {
  let previousEnd = 0
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    const rule = rangeRule(entry, previousEnd, dataBytes)
    const { name: key, begin, end } = entry
    if (rule !== undefined) return E.left({ _tag: "ByteRangeInvalid", file, key, begin, end, rule, remedy: redownload })
    previousEnd = entry.end
  }
  return previousEnd === dataBytes
    ? E.right(true)
    : E.left(
        headerInvalid(file, `its tensors cover ${previousEnd} bytes but ${dataBytes} bytes of data follow the header`),
      )
}

/**
 * Reads the JSON text of a safetensors header and checks every claim it makes against the file's size.
 * Errors: `HeaderInvalid`, `DuplicateName`, `EntryInvalid`, `DTypeUnknown`, `ByteRangeInvalid`.
 * Source: the safetensors format description (huggingface/safetensors README, "Format").
 */
export const parseHeader = (
  json: Uint8Array,
  file: string,
  fileBytes: number,
): Either<WeightsError, SafetensorsHeader> =>
  pipe(
    decodeJson(json, file),
    E.chain((text) => parseJson(text, file)),
    E.chain(({ __metadata__, ...tensors }) =>
      pipe(
        E.Do,
        E.apS("metadata", parseMetadata(__metadata__, file)),
        E.apS("list", E.traverseArray(parseEntry(file))(Object.entries(tensors))),
      ),
    ),
    E.chainFirst(({ list }) => coversData(list, file, fileBytes - lengthBytes - json.byteLength)),
    E.map(({ metadata, list }) => ({
      file,
      metadata,
      entries: new Map(list.map((entry) => [entry.name, entry])),
      dataOffset: lengthBytes + json.byteLength,
    })),
  )
