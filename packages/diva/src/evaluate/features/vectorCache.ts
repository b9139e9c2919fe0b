import { createHash } from "node:crypto"
import { crc32 } from "node:zlib"
import { Effect, Semaphore } from "effect"
import type { FileError } from "@diva/models"
import { isMissing, reading, storage, writing } from "../../files/storage.ts"

/** Vectors by the content of what they describe. */
export interface VectorCache {
  readonly get: (key: string) => Float32Array<ArrayBuffer> | undefined
  /** Keeps vectors. Errors: `StorageFull`, `FileUnwritable`. */
  readonly add: (entries: readonly (readonly [key: string, vector: Float32Array])[]) => Effect.Effect<void, FileError>
}

const keyBytes = 32
const checkBytes = 4

/** SHA-256 over parts, as 64 hexadecimal digits: the form of every key. */
export const keyOf = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash("sha256")
  for (const part of parts) hash.update(part).update("\0")
  return hash.digest("hex")
}

const recordBytes = (width: number): number => keyBytes + 4 * width + checkBytes

const recordOf = (key: string, vector: Float32Array): Buffer => {
  const record = Buffer.alloc(recordBytes(vector.length))
  record.write(key, 0, "hex")
  Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).copy(record, keyBytes)
  record.writeUInt32LE(crc32(record.subarray(0, -checkBytes)), record.length - checkBytes)
  return record
}

/** The records of a file; one that is damaged or cut off is passed over, and computed again by whoever misses it. */
const recordsIn = (bytes: Buffer, width: number): Map<string, Float32Array<ArrayBuffer>> => {
  const found = new Map<string, Float32Array<ArrayBuffer>>()
  const size = recordBytes(width)
  for (let at = 0; at + size <= bytes.length; at += size) {
    const record = bytes.subarray(at, at + size)
    if (record.readUInt32LE(size - checkBytes) !== crc32(record.subarray(0, -checkBytes))) continue
    const numbers = new Uint8Array(record.subarray(keyBytes, size - checkBytes))
    found.set(record.toString("hex", 0, keyBytes), new Float32Array(numbers.buffer))
  }
  return found
}

const readIfThere = Effect.fnUntraced(function* (file: string) {
  const { files } = yield* storage
  const read = Effect.catchIf(files.readFile(file), isMissing, () => Effect.succeed(new Uint8Array(0)))
  const bytes = yield* reading(file)(read)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
})

/** A killed writer may leave part of a record: the file is cut to whole ones, or later records would be read askew. */
const prepare = Effect.fnUntraced(function* (file: string, whole: number, size: number) {
  const { files, path } = yield* storage
  yield* files.makeDirectory(path.dirname(file), { recursive: true })
  if (whole !== size) yield* files.truncate(file, whole)
})

/**
 * Opens the file of vectors of one width: records of key, vector and checksum, one after the other, added at the end.
 * Errors: `FileUnreadable`, `FileUnwritable`.
 */
export const openVectorCache = Effect.fn("openVectorCache")(function* (file: string, width: number) {
  const bytes = yield* readIfThere(file)
  const found = recordsIn(bytes, width)
  const whole = bytes.length - (bytes.length % recordBytes(width))
  const { files } = yield* storage
  yield* writing(file)(prepare(file, whole, bytes.length))
  const one = yield* Semaphore.make(1)
  const cache: VectorCache = {
    get: (key) => found.get(key),
    add: (entries) =>
      one.withPermits(1)(
        Effect.tap(
          writing(file)(
            files.writeFile(file, Buffer.concat(entries.map(([key, vector]) => recordOf(key, vector))), { flag: "a" }),
          ),
          () => Effect.sync(() => entries.forEach(([key, vector]) => found.set(key, Float32Array.from(vector)))),
        ),
      ),
  }
  return cache
})

/** Vectors kept in memory, for as long as it lasts. */
export const memoryCache = (): VectorCache => {
  const found = new Map<string, Float32Array<ArrayBuffer>>()
  return {
    get: (key) => found.get(key),
    add: (entries) =>
      Effect.sync(() => {
        for (const [key, vector] of entries) found.set(key, Float32Array.from(vector))
      }),
  }
}
