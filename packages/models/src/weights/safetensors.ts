import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import { type ByteSource, fileSource } from "./byteSource.ts"
import {
  headerLength,
  lengthBytes,
  parseHeader,
  type SafetensorsHeader,
  type TensorEntry,
} from "./safetensorsHeader.ts"
import type { StoredTensor } from "./storedTensor.ts"
import { tensorMissing, type WeightFile } from "./weightFile.ts"
import type { WeightsError } from "./weightsError.ts"

/** A safetensors file in memory: its metadata and its tensors by name. */
export interface SafetensorsFile {
  readonly file: string
  readonly metadata: Readonly<Record<string, string>>
  readonly tensors: ReadonlyMap<string, StoredTensor>
}

/** An open safetensors file; `entries` also say where each tensor's bytes lie. */
export interface WeightsReader extends WeightFile {
  readonly format: "safetensors"
  readonly entries: ReadonlyMap<string, TensorEntry>
}

/** A plain view: Node's Buffer is one of these too, but its `slice` shares memory instead of copying. */
const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array<ArrayBuffer> =>
  buffer instanceof ArrayBuffer
    ? new Uint8Array(buffer, byteOffset, byteLength)
    : new Uint8Array(new Uint8Array(buffer, byteOffset, byteLength))

const tensorOf = (file: string, { name, dtype, shape }: TensorEntry, bytes: Uint8Array<ArrayBuffer>): StoredTensor => ({
  file,
  name,
  dtype,
  shape,
  bytes,
})

const viewTensors = (
  bytes: Uint8Array,
  { file, metadata, entries, dataOffset }: SafetensorsHeader,
): SafetensorsFile => {
  const data = asBuffer(bytes).subarray(dataOffset)
  const view = (entry: TensorEntry) => tensorOf(file, entry, data.subarray(entry.begin, entry.end))
  return { file, metadata, tensors: new Map(Array.from(entries.values(), (entry) => [entry.name, view(entry)])) }
}

/**
 * Reads a whole safetensors file from memory; tensors are views of `bytes`. `file` is the name that errors show.
 * Errors: `HeaderInvalid`, `DuplicateName`, `EntryInvalid`, `DTypeUnknown`, `ByteRangeInvalid`.
 */
export const parseSafetensors = (bytes: Uint8Array, file = "memory"): Either<WeightsError, SafetensorsFile> =>
  pipe(
    headerLength(bytes, file, bytes.byteLength),
    E.chain((length) => parseHeader(bytes.subarray(lengthBytes, lengthBytes + length), file, bytes.byteLength)),
    E.map((header) => viewTensors(bytes, header)),
  )

const readHeader = (source: ByteSource): TaskEither<WeightsError, SafetensorsHeader> =>
  pipe(
    source.read(0, Math.min(lengthBytes, source.size)),
    TE.chainEitherKW((first) => headerLength(first, source.file, source.size)),
    TE.chainW((length) => source.read(lengthBytes, length)),
    TE.chainEitherKW((json) => parseHeader(json, source.file, source.size)),
  )

const reader = (source: ByteSource, { file, metadata, entries, dataOffset }: SafetensorsHeader): WeightsReader => ({
  file,
  format: "safetensors",
  metadata,
  entries,
  remarks: [],
  read: (name) =>
    pipe(
      TE.fromNullable(tensorMissing(file, name))(entries.get(name)),
      TE.bindTo("entry"),
      TE.bindW("bytes", ({ entry }) => source.read(dataOffset + entry.begin, entry.end - entry.begin)),
      TE.map(({ entry, bytes }) => tensorOf(file, entry, bytes)),
    ),
  close: source.close,
})

/**
 * Opens safetensors on any byte source, reading only its header. The source is closed if the header is refused.
 * Errors: as `parseSafetensors`, and `FileUnreadable`.
 */
export const readSafetensors = (source: ByteSource): TaskEither<WeightsError, WeightsReader> =>
  pipe(
    readHeader(source),
    TE.map((header) => reader(source, header)),
    TE.orElseFirstTaskK(() => source.close),
  )

/** Opens a safetensors file, reading only its header; close the reader when done. Errors: as `readSafetensors`. */
export const openSafetensors = (file: string): TaskEither<WeightsError, WeightsReader> =>
  pipe(fileSource(file), TE.chainW(readSafetensors))
