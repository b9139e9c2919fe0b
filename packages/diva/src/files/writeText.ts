import * as fs from "node:fs/promises"
import * as path from "node:path"
import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { writeAtomically, writeFailure, type FileError } from "@diva/models"
import { fromTaskEither } from "../fromEither.ts"

/** Writes a text file, all or nothing, and the folders above it where need be. Errors: `StorageFull`, `FileUnwritable`. */
export const writeText = Effect.fn("writeText")(function* (
  file: string,
  text: string,
): Effect.fn.Return<void, FileError> {
  yield* Effect.tryPromise({
    try: () => fs.mkdir(path.dirname(file), { recursive: true }),
    catch: (cause) => writeFailure(file, cause),
  })
  yield* fromTaskEither(
    writeAtomically(file, async (append) => {
      await append(new TextEncoder().encode(text))
      return E.right(undefined)
    }),
  )
})
