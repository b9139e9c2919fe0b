import type { FileError } from "@diva/models"
import { Effect, type FileSystem, type Path, type PlatformError } from "effect"
import { doing } from "../../doing.ts"
import { reading, storage } from "../../files/storage.ts"

/** A file below a folder: its path relative to it, and its size. */
export interface FoundFile {
  readonly name: string
  readonly bytes: number
}

interface Walk {
  readonly files: FileSystem.FileSystem
  readonly path: Path.Path
  readonly root: string
  readonly wanted: (name: string) => boolean
}

/** The wait is for the disk. */
const lookedAtAtOnce = 32

const step = Effect.fnUntraced(function* (
  walk: Walk,
  below: string,
  above: readonly string[],
): Effect.fn.Return<readonly FoundFile[], PlatformError.PlatformError> {
  const { files, path, root, wanted } = walk
  const here = path.join(root, below)
  const real = yield* files.realPath(here)
  if (above.includes(real)) return []
  const names = (yield* files.readDirectory(here)).filter((name) => !name.startsWith(".")).toSorted()
  const look = (entry: string) => {
    const name = path.join(below, entry)
    return Effect.matchEffect(files.stat(path.join(root, name)), {
      // A link that leads nowhere, or a file that has just gone.
      onFailure: () => Effect.succeed([]),
      onSuccess: ({ type, size }) => {
        if (type === "Directory") return step(walk, name, [...above, real])
        return Effect.succeed(type === "File" && wanted(entry) ? [{ name, bytes: Number(size) }] : [])
      },
    })
  }
  return (yield* Effect.forEach(names, look, { concurrency: lookedAtAtOnce })).flat()
})

/**
 * Files at and below a folder whose names `wanted` takes, in order of their paths. Links are followed, but no folder twice on one
 * way down; hidden files and folders, which other systems leave behind, are passed over. Errors: `FileUnreadable`.
 */
export const walkFolder = (
  root: string,
  wanted: (name: string) => boolean,
): Effect.Effect<readonly FoundFile[], FileError> =>
  Effect.andThen(
    doing(`looking through ${root}`),
    Effect.flatMap(storage, ({ files, path }) => reading(root)(step({ files, path, root, wanted }, "", []))),
  )
