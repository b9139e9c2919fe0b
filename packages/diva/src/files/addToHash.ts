import type { Hash } from "node:crypto"
import { Effect, Stream } from "effect"
import type { FileError } from "@diva/models"
import { reading, storage } from "./storage.ts"

const pieceBytes = 1 << 20

/** Adds a file's bytes to a hash, piece by piece. Errors: `FileUnreadable`. */
export const addToHash = (hash: Hash, file: string): Effect.Effect<void, FileError> =>
  Effect.flatMap(storage, ({ files }) =>
    reading(file)(
      Stream.runForEach(files.stream(file, { chunkSize: pieceBytes }), (piece) =>
        Effect.sync(() => void hash.update(piece)),
      ),
    ),
  )
