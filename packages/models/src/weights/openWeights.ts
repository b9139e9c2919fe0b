import { existsSync } from "node:fs"
import { readdir, stat } from "node:fs/promises"
import * as path from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import { type ByteSource, fileSource } from "./byteSource.ts"
import { openDiffusers, pipelineIndex } from "./diffusers.ts"
import { type FileError, readFailure } from "./fileError.ts"
import { fileKind, type FileKind } from "./fileKind.ts"
import { findWeights, isIndex, type Variant } from "./findWeights.ts"
import { nearestName } from "../params/nearestName.ts"
import { readSafetensors } from "./safetensors.ts"
import { openShards } from "./shards.ts"
import { readTorchLegacy } from "./torch/torchLegacy.ts"
import { readTorchZip } from "./torch/torchZip.ts"
import type { WeightFile } from "./weightFile.ts"
import type { WeightsError } from "./weightsError.ts"

const readers: Readonly<Record<FileKind, (source: ByteSource) => TaskEither<WeightsError, WeightFile>>> = {
  safetensors: readSafetensors,
  zip: readTorchZip,
  pickle: readTorchLegacy,
}

const signatureBytes = 64

/** Opens weights on any byte source by what its first bytes say. The source is closed if it is refused. */
export const readWeights = (source: ByteSource): TaskEither<WeightsError, WeightFile> =>
  pipe(
    source.read(0, Math.min(signatureBytes, source.size)),
    TE.chainEitherKW((first) => fileKind(first, source.file)),
    TE.chainW((kind) => readers[kind](source)),
    TE.orElseFirstTaskK(() => source.close),
  )

const openFile = (file: string): TaskEither<WeightsError, WeightFile> =>
  isIndex(file) ? openShards(file, openFile) : pipe(fileSource(file), TE.chainW(readWeights))

/** A path that leads nowhere may be misspelt in its last name. */
const withNearest =
  (file: string, error: FileError): TaskEither<FileError, never> =>
  async () => {
    const names = existsSync(file) ? [] : await readdir(path.dirname(file)).catch(() => [])
    const nearest = nearestName(path.basename(file), names)
    return E.left(
      nearest === undefined
        ? error
        : { ...error, remedy: `did you mean ${path.join(path.dirname(file), nearest)}? ${error.remedy}` },
    )
  }

const isFolder = (file: string): TaskEither<FileError, boolean> =>
  pipe(
    TE.tryCatch(
      async () => (await stat(file)).isDirectory(),
      (cause) => readFailure(file, cause),
    ),
    TE.orElse<FileError, boolean, FileError>((error) => withNearest(file, error)),
  )

const openFolder = (folder: string, variant: Variant | undefined): TaskEither<WeightsError, WeightFile> =>
  existsSync(path.join(folder, pipelineIndex))
    ? openDiffusers(folder, variant, openFile)
    : pipe(findWeights(folder, variant), TE.chain(openFile))

export interface OpenOptions {
  /** Of a folder that holds the same weights in several precisions, those to open. Default: full, else f16. */
  readonly variant?: Variant
}

/**
 * Opens weights: a safetensors or PyTorch file (zip, legacy, TorchScript) told by its bytes, an `.index.json` of shards,
 * a folder that holds one of these under a name that diffusers, transformers or OpenCLIP give it, or the folder of a whole
 * diffusers pipeline, whose models' names then begin with `unet.`, `vae.`, `text_encoder.`. Reads names and
 * shapes; elements on demand. Close it when done.
 * Errors: `FileUnreadable`, `FormatUnknown`, `ShardsInvalid`, those of safetensors, `ArchiveInvalid`, `PickleInvalid`,
 * `GlobalRefused`.
 */
export const openWeights = (file: string, options: OpenOptions = {}): TaskEither<WeightsError, WeightFile> =>
  pipe(
    isFolder(file),
    TE.chainW((folder) => (folder ? openFolder(path.resolve(file), options.variant) : openFile(file))),
  )
