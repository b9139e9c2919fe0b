import type { Effect } from "effect"
import type { FileError } from "@diva/models"
import { writeText } from "./writeText.ts"

/** Writes `value` as indented JSON, all or nothing, and the folders above it where need be. Errors: `StorageFull`, `FileUnwritable`. */
export const writeJson = (file: string, value: unknown): Effect.Effect<void, FileError> =>
  writeText(file, `${JSON.stringify(value, null, 2)}\n`)
