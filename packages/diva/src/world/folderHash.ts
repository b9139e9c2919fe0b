import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import * as path from "node:path"
import { Effect } from "effect"
import { readFailure, type FileError } from "@diva/models"

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, "/"))
    .toSorted()

/** SHA-256 over the names and bytes of all files of a folder, in the order of their names. Errors: `FileUnreadable`. */
export const folderHash = (folder: string): Effect.Effect<string, FileError> =>
  Effect.try({
    try: () => {
      const hash = createHash("sha256")
      for (const name of filesIn(folder)) {
        const bytes = readFileSync(path.join(folder, name))
        hash.update(`${name}\0${bytes.length}\0`).update(bytes)
      }
      return hash.digest("hex")
    },
    catch: (cause) => readFailure(folder, cause),
  })
