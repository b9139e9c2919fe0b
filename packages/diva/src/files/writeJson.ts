import type { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { writeAtomically, type FileError } from "@diva/models"
import { fromTaskEither } from "../fromEither.ts"

/** Writes `value` as indented JSON, all or nothing. Errors: `StorageFull`, `FileUnwritable`. */
export const writeJson = (file: string, value: unknown): Effect.Effect<number, FileError> =>
  fromTaskEither(
    writeAtomically(file, async (append) => {
      await append(new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`))
      return E.right(undefined)
    }),
  )
