import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import type { ByteSource } from "../byteSource.ts"
import { weightsErrorOf } from "../pickle/pickleFault.ts"
import { unpickle } from "../pickle/unpickle.ts"
import type { WeightFile } from "../weightFile.ts"
import type { WeightsError } from "../weightsError.ts"
import { openZip, type ZipArchive } from "../zip/zipArchive.ts"
import { archiveInvalid } from "../zip/zipError.ts"
import { outsidePickle } from "./outsidePickle.ts"
import { torchFile, type Storages } from "./torchFile.ts"

/** A pickle of names and shapes alone is below a megabyte; whole modules take a few. */
const maxPickleBytes = 64 * 2 ** 20

const pickleName = "data.pkl"

/** The folder inside the archive that everything lies in, with its slash. */
const rootOf = (archive: ZipArchive): Either<WeightsError, string> => {
  const roots = [...archive.entries.keys()]
    .filter((name) => name === pickleName || name.endsWith(`/${pickleName}`))
    .map((name) => name.slice(0, -pickleName.length))
    .toSorted((a, b) => a.length - b.length)
  const [root, next] = roots
  if (root === undefined)
    return E.left(
      archiveInvalid(
        archive.source.file,
        `it is a zip archive without ${pickleName}, so PyTorch did not write it`,
        "name a checkpoint; if weights are packed inside this archive, unpack it first",
      ),
    )
  return next !== undefined && next.length === root.length
    ? E.left(archiveInvalid(archive.source.file, `it holds two pickles, in ${root} and ${next}`))
    : E.right(root)
}

const readWhole = (
  archive: ZipArchive,
  name: string,
  most: number,
): TaskEither<WeightsError, Uint8Array<ArrayBuffer>> => {
  const entry = archive.entries.get(name)
  if (entry === undefined) return TE.right(new Uint8Array(0))
  return entry.bytes > most
    ? TE.left(
        archiveInvalid(archive.source.file, `its record ${name} has ${entry.bytes} bytes; at most ${most} are read`),
      )
    : archive.read(entry, 0, entry.bytes)
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).trim()

const isScript = (archive: ZipArchive, root: string): boolean =>
  archive.entries.has(`${root}constants.pkl`) ||
  [...archive.entries.keys()].some((name) => name.startsWith(`${root}code/`))

const storagesOf = (archive: ZipArchive, root: string, byteOrder: string): Storages => {
  const entryOf = (key: string) => archive.entries.get(`${root}data/${key}`)
  return {
    file: archive.source.file,
    format: isScript(archive, root) ? "TorchScript" : "PyTorch zip",
    metadata: {},
    bytesOf: ({ key }) => entryOf(key)?.bytes,
    read: ({ key }, from, length) => {
      const entry = entryOf(key)
      return entry === undefined
        ? TE.left(archiveInvalid(archive.source.file, `it has no record ${root}data/${key}`))
        : archive.read(entry, from, length)
    },
    isBigEndian: byteOrder === "big",
    close: archive.source.close,
  }
}

/**
 * Opens what `torch.save` (since PyTorch 1.6) or `torch.jit.save` wrote: a zip archive of a pickle and raw storages.
 * Reads the list of records and the pickle; tensors on demand.
 * Errors: `ArchiveInvalid`, `PickleInvalid`, `GlobalRefused`, `DTypeUnknown`, `EntryInvalid`, `FileUnreadable`.
 */
export const readTorchZip = (source: ByteSource): TaskEither<WeightsError, WeightFile> =>
  pipe(
    openZip(source),
    TE.bindTo("archive"),
    TE.bind("root", ({ archive }) => TE.fromEither(rootOf(archive))),
    TE.bind("pickle", ({ archive, root }) => readWhole(archive, `${root}${pickleName}`, maxPickleBytes)),
    TE.bind("byteOrder", ({ archive, root }) => TE.map(text)(readWhole(archive, `${root}byteorder`, 64))),
    TE.chainEitherK(({ archive, root, pickle, byteOrder }) =>
      pipe(
        unpickle(pickle, 0, outsidePickle),
        E.mapLeft((problem) => weightsErrorOf(source.file, problem)),
        E.chain(({ value }) => torchFile(storagesOf(archive, root, byteOrder), value)),
      ),
    ),
  )
