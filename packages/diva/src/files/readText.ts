import { decodeText, type FileError } from "@diva/models"
import { Effect } from "effect"
import { reading, storage } from "./storage.ts"

/** The bytes of a file. Errors: `FileUnreadable`. */
export const readBytes = (file: string): Effect.Effect<Uint8Array, FileError> =>
  Effect.flatMap(storage, ({ files }) => reading(file)(files.readFile(file)))

/**
 * The text of a file that people or their tools wrote, as `decodeText` reads it: byte-order marks and UTF-16 are understood.
 * Errors: `FileUnreadable`.
 */
export const readText = (file: string): Effect.Effect<string, FileError> => Effect.map(readBytes(file), decodeText)

/** The text of a file, or undefined where it cannot be read. */
export const readTextIfThere = (file: string): Effect.Effect<string | undefined> =>
  Effect.orElseSucceed(readText(file), () => undefined)
