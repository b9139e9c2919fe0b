import type { FileSystem } from "effect"
import { Effect } from "effect"
import { storage } from "./storage.ts"

/** What is at a path, links followed; undefined where nothing can be seen there. */
export const whatIsAt = (file: string): Effect.Effect<FileSystem.File.Info | undefined> =>
  Effect.flatMap(storage, ({ files }) => Effect.orElseSucceed(files.stat(file), () => undefined))

/** Whether there is anything at a path. */
export const isThere = (file: string): Effect.Effect<boolean> =>
  Effect.map(whatIsAt(file), (info) => info !== undefined)

/** Whether a path is taken: by a link that leads nowhere, too. */
export const isPathTaken = Effect.fnUntraced(function* (file: string) {
  const { files } = yield* storage
  return (yield* isThere(file)) || (yield* Effect.isSuccess(files.readLink(file)))
})

/** Whether a path leads to a folder. */
export const isFolder = (file: string): Effect.Effect<boolean> =>
  Effect.map(whatIsAt(file), (info) => info?.type === "Directory")

/** The names in a folder, in order; none where it cannot be read. */
export const namesIn = (folder: string): Effect.Effect<readonly string[]> =>
  Effect.flatMap(storage, ({ files }) =>
    Effect.orElseSucceed(
      Effect.map(files.readDirectory(folder), (names) => names.toSorted()),
      () => [],
    ),
  )
