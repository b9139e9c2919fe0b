import { type ByteSource, type FileError, readFailure } from "@diva/models"
import { Effect, type FileSystem, type Scope } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { causeOf, reading, storage } from "./storage.ts"

/** One call of a system moves at most 2 GiB. */
const longestRead = 1 << 30

const notAFile = Object.assign(new Error("it is not a regular file"), { code: "EISDIR" })

const endedEarly = (file: string, at: number): FileError => ({
  _tag: "FileUnreadable",
  file,
  rule: `it ended at byte ${at}; it changed after it was opened`,
  remedy: "wait until whatever writes this file has finished, then read it again",
})

const readFully = async (opened: FileSystem.File, file: string, offset: number, bytes: Uint8Array<ArrayBuffer>) => {
  for (let done = 0; done < bytes.length;) {
    const rest = bytes.subarray(done, done + longestRead)
    const count = await Effect.runPromise(opened.read(rest, { position: BigInt(offset + done) }))
    if (count === 0) return E.left(endedEarly(file, offset + done))
    done += count
  }
  return E.right(bytes)
}

/**
 * A file of the program's `FileSystem` as bytes that are read piecewise, open for the scope's life. Errors, also of its reads:
 * `FileUnreadable`.
 */
export const storedSource = Effect.fnUntraced(function* (
  file: string,
): Effect.fn.Return<ByteSource, FileError, Scope.Scope> {
  const { files } = yield* storage
  const opened = yield* reading(file)(files.open(file, { flag: "r" }))
  const { size, type } = yield* reading(file)(opened.stat)
  if (type !== "File") return yield* Effect.fail(readFailure(file, notAFile))
  const source: ByteSource = {
    file,
    size: Number(size),
    read: (offset, length) => () =>
      readFully(opened, file, offset, new Uint8Array(length)).catch((cause: unknown) =>
        E.left(readFailure(file, causeOf(cause))),
      ),
    close: () => Promise.resolve(),
  }
  return source
})
