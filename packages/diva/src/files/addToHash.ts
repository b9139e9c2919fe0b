import { Effect, Stream } from "effect"
import type { FileError } from "@diva/models"
import { reading, storage } from "./storage.ts"

const pieceBytes = 1 << 20

/** What takes bytes in, one piece after another: a `Hash` of `node:crypto`. */
export interface TakesBytes {
  readonly update: (piece: Uint8Array) => unknown
}

/** Adds a file's bytes to a hash, piece by piece. Errors: `FileUnreadable`. */
export const addToHash = (hash: TakesBytes, file: string): Effect.Effect<void, FileError> =>
  Effect.flatMap(storage, ({ files }) =>
    reading(file)(
      Stream.runForEach(files.stream(file, { chunkSize: pieceBytes }), (piece) =>
        Effect.sync(() => void hash.update(piece)),
      ),
    ),
  )
