import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import type { FileError } from "@diva/models"
import { replaceFile } from "./replaceFile.ts"
import { storage, writing } from "./storage.ts"

/** Writes a file, all or nothing, and the folders above it where need be. Errors: `StorageFull`, `FileUnwritable`. */
export const writeBytes = Effect.fn("writeBytes")(function* (
  file: string,
  bytes: Uint8Array,
): Effect.fn.Return<void, FileError> {
  const { files, path } = yield* storage
  yield* writing(file)(files.makeDirectory(path.dirname(file), { recursive: true }))
  yield* replaceFile(file, async (append) => {
    await append(bytes)
    return E.right(undefined)
  })
})

/** Writes a text file as `writeBytes` does. Errors: as there. */
export const writeText = (file: string, text: string): Effect.Effect<void, FileError> =>
  writeBytes(file, new TextEncoder().encode(text))
