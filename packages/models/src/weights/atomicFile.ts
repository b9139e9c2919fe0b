import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import { type FileError, writeFailure } from "./fileError.ts"

/** Adds bytes to the end of the file being written; they may be reused once the promise is kept. */
export type Append = (bytes: Uint8Array) => Promise<void>

/** Writes the content through `append`; a left gives the file up. */
export type Write<E> = (append: Append) => Promise<Either<E, void>>

/** Small pieces are collected to this many bytes before the system is called. */
const pieceBytes = 1 << 20

const writeAll = async (handle: fs.FileHandle, bytes: Uint8Array): Promise<void> => {
  for (let done = 0; done < bytes.byteLength;) {
    const { bytesWritten } = await handle.write(bytes, done, Math.min(bytes.byteLength - done, 1 << 30))
    done += bytesWritten
  }
}

/** Writes in pieces; what is held is written when it is flushed. */
export interface Pieces {
  readonly append: Append
  readonly flush: () => Promise<void>
  readonly written: () => number
}

/** Collects small writes, so that the system is called for each megabyte and not for each tensor's name. */
export const inPieces = (write: Append): Pieces => {
  const piece = new Uint8Array(pieceBytes)
  let held = 0
  let written = 0
  const flush = async (): Promise<void> => {
    await write(piece.subarray(0, held))
    held = 0
  }
  const append: Append = async (bytes) => {
    written += bytes.byteLength
    if (held + bytes.byteLength > pieceBytes) await flush()
    if (bytes.byteLength > pieceBytes) return write(bytes)
    piece.set(bytes, held)
    held += bytes.byteLength
  }
  return { append, flush, written: () => written }
}

const writeTemporary = async <E>(temporary: string, write: Write<E>): Promise<Either<E, number>> => {
  const handle = await fs.open(temporary, "w")
  try {
    const out = inPieces((bytes) => writeAll(handle, bytes))
    const outcome = await write(out.append)
    if (E.isLeft(outcome)) return outcome
    await out.flush()
    await handle.sync()
    return E.right(out.written())
  } finally {
    await handle.close()
  }
}

/** Makes the rename itself durable. Windows cannot open a folder, and needs no such step. */
const syncFolder = async (folder: string): Promise<void> => {
  const handle = await fs.open(folder, "r").catch(() => undefined)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}

let temporaries = 0

/**
 * Unique among the live processes of a machine and inside this one; what a killed process of the same number left behind
 * is overwritten. Beside the target, as a rename needs one disk.
 */
const temporaryName = (file: string): string =>
  path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.${temporaries++}.partial`)

const replaceFile = async <E>(file: string, write: Write<E>): Promise<Either<E, number>> => {
  const temporary = temporaryName(file)
  try {
    const outcome = await writeTemporary(temporary, write)
    if (E.isRight(outcome)) await fs.rename(temporary, file)
    return outcome
  } finally {
    // After the rename nothing is left to remove.
    await fs.rm(temporary, { force: true }).catch(() => undefined)
    await syncFolder(path.dirname(file))
  }
}

/**
 * Writes a file all or nothing: into a temporary beside it, flushed to the disk, then renamed over `file`. Readers see
 * the old content or the new, never a part. Gives the number of bytes written. `write` may refuse with an error of its
 * own, which is passed on.
 * Errors: `StorageFull`, `FileUnwritable`, those of `write`; the temporary is removed and what `file` held before is
 * untouched.
 */
export const writeAtomically = <E = never>(file: string, write: Write<E>): TaskEither<E | FileError, number> =>
  pipe(
    TE.tryCatch(
      () => replaceFile(file, write),
      (cause) => writeFailure(file, cause),
    ),
    TE.chainEitherKW((outcome) => outcome),
  )
