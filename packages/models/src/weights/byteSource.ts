import * as fs from "node:fs/promises"
import { pipe } from "fp-ts/lib/function.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { Task } from "fp-ts/lib/Task.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import { type FileError, readFailure } from "./fileError.ts"

/** Bytes that can be read piecewise: a file, or memory. `size` is the length in bytes when it was opened. */
export interface ByteSource {
  readonly file: string
  readonly size: number
  /** Exactly `length` bytes from `offset`, in an array of their own. Errors: `FileUnreadable`. */
  readonly read: (offset: number, length: number) => TaskEither<FileError, Uint8Array<ArrayBuffer>>
  readonly close: Task<void>
}

const endedEarly = (file: string, wanted: number, got: number): FileError => ({
  _tag: "FileUnreadable",
  file,
  rule: `it ended after ${got} bytes while reading up to byte ${wanted}; it changed after it was opened`,
  remedy: "wait until whatever writes this file has finished, then open it again",
})

/** One read call moves at most 2 GiB on some systems; stay well below. */
const longestRead = 1 << 30

const fill = async (handle: fs.FileHandle, bytes: Uint8Array, offset: number): Promise<number> => {
  let done = 0
  while (done < bytes.byteLength) {
    const length = Math.min(longestRead, bytes.byteLength - done)
    const { bytesRead } = await handle.read(bytes, done, length, offset + done)
    if (bytesRead === 0) return done
    done += bytesRead
  }
  return done
}

const readExactly =
  (handle: fs.FileHandle, file: string): ByteSource["read"] =>
  (offset, length) => {
    const bytes = new Uint8Array(length)
    return pipe(
      TE.tryCatch(
        () => fill(handle, bytes, offset),
        (cause) => readFailure(file, cause),
      ),
      TE.filterOrElse(
        (got) => got === length,
        (got) => endedEarly(file, offset + length, offset + got),
      ),
      TE.map(() => bytes),
    )
  }

const openHandle = async (file: string): Promise<ByteSource> => {
  const handle = await fs.open(file, "r")
  const stat = await handle.stat()
  if (!stat.isFile()) {
    await handle.close()
    throw Object.assign(new Error("it is not a regular file"), { code: "EISDIR" })
  }
  return { file, size: stat.size, read: readExactly(handle, file), close: () => handle.close() }
}

/** Opens a file for piecewise reading. Errors: `FileUnreadable`. Close it when done. */
export const fileSource = (file: string): TaskEither<FileError, ByteSource> =>
  TE.tryCatch(
    () => openHandle(file),
    (cause) => readFailure(file, cause),
  )

/** Bytes in memory as a source; `file` is the name that errors show. */
export const memorySource = (bytes: Uint8Array, file: string): ByteSource => ({
  file,
  size: bytes.byteLength,
  read: (offset, length) =>
    offset + length <= bytes.byteLength
      ? TE.right(new Uint8Array(bytes.subarray(offset, offset + length)))
      : TE.left(endedEarly(file, offset + length, bytes.byteLength)),
  close: () => Promise.resolve(),
})
