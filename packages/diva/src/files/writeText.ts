import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import type { FileError } from "@diva/models"
import { replaceFile } from "./replaceFile.ts"
import { storage, writing } from "./storage.ts"

/** Writes a text file, all or nothing, and the folders above it where need be. Errors: `StorageFull`, `FileUnwritable`. */
export const writeText = Effect.fn("writeText")(function* (
  file: string,
  text: string,
): Effect.fn.Return<void, FileError> {
  const { files, path } = yield* storage
  yield* writing(file)(files.makeDirectory(path.dirname(file), { recursive: true }))
  yield* replaceFile(file, async (append) => {
    await append(new TextEncoder().encode(text))
    return E.right(undefined)
  })
})
