import { createHash } from "node:crypto"
import { Effect } from "effect"
import type { FileError } from "@diva/models"
import { readBytes } from "../files/readText.ts"
import { reading, storage } from "../files/storage.ts"

/** The files of a folder and of those in it, by their paths inside it. */
const filesIn = Effect.fnUntraced(function* (folder: string) {
  const { files, path } = yield* storage
  const names = yield* reading(folder)(files.readDirectory(folder, { recursive: true }))
  const isFile = (name: string) =>
    Effect.map(reading(folder)(files.stat(path.join(folder, name))), ({ type }) => type === "File")
  const found = yield* Effect.filter(names, isFile)
  return found.map((name) => name.replaceAll(path.sep, "/")).toSorted()
})

/** SHA-256 over the names and bytes of all files of a folder, in the order of their names. Errors: `FileUnreadable`. */
export const folderHash = Effect.fn("folderHash")(function* (folder: string): Effect.fn.Return<string, FileError> {
  const { path } = yield* storage
  const hash = createHash("sha256")
  for (const name of yield* filesIn(folder)) {
    const bytes = yield* readBytes(path.join(folder, name))
    hash.update(`${name}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest("hex")
})
