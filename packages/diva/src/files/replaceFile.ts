import { inPieces, writeFailure, type FileError, type Write } from "@diva/models"
import { Effect, type FileSystem } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { causeOf, storage, syncFolder, writing } from "./storage.ts"

/** No system writes more than two gigabytes in one call. */
const callBytes = 1 << 30

const writeAll = async (opened: FileSystem.File, bytes: Uint8Array): Promise<void> => {
  for (let done = 0; done < bytes.byteLength; done += callBytes)
    await Effect.runPromise(opened.writeAll(bytes.subarray(done, done + callBytes)))
}

const writeTemporary = Effect.fnUntraced(function* <E>(temporary: string, write: Write<E>) {
  const { files } = yield* storage
  const opened = yield* writing(temporary)(files.open(temporary, { flag: "w" }))
  const out = inPieces((bytes) => writeAll(opened, bytes))
  const outcome = yield* Effect.tryPromise({
    try: () => write(out.append),
    catch: (cause) => writeFailure(temporary, causeOf(cause)),
  })
  if (E.isLeft(outcome)) return yield* Effect.fail(outcome.left)
  yield* Effect.tryPromise({ try: out.flush, catch: (cause) => writeFailure(temporary, causeOf(cause)) })
  yield* writing(temporary)(opened.sync)
  return out.written()
}, Effect.scoped)

let temporaries = 0

/** As `writeAtomically` names them: what a killed process of the same number left behind is overwritten. */
const temporaryName = (name: string): string => `.${name}.${process.pid}.${temporaries++}.partial`

const named =
  (file: string) =>
  <E>(error: E | FileError): E | FileError =>
    typeof error === "object" && error !== null && "file" in error ? { ...error, file } : error

/**
 * `writeAtomically` of the models' package through Effect's file system: into a temporary beside the file, flushed to the disk, then
 * renamed over it. Gives the number of bytes. Errors: `StorageFull`, `FileUnwritable`, those of `write`; what `file` held before is
 * untouched then.
 */
export const replaceFile = Effect.fnUntraced(function* <E = never>(file: string, write: Write<E>) {
  const { files, path } = yield* storage
  const folder = path.dirname(file)
  const temporary = path.join(folder, temporaryName(path.basename(file)))
  const replaced = Effect.tap(writeTemporary(temporary, write), () => writing(file)(files.rename(temporary, file)))
  // After the rename nothing is left to remove.
  const tidied = Effect.andThen(Effect.ignore(files.remove(temporary, { force: true })), syncFolder(folder))
  // A promise cannot be interrupted: it would continue writing to a file that is closed.
  return yield* Effect.uninterruptible(Effect.mapError(Effect.ensuring(replaced, tidied), named(file)))
})
