import { stat } from "node:fs/promises"
import * as path from "node:path"
import { pipe } from "fp-ts/lib/function.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import { type ByteSource, fileSource } from "./byteSource.ts"
import { readFailure } from "./fileError.ts"
import { fileKind, type FileKind } from "./fileKind.ts"
import { findWeights, isIndex, type Variant } from "./findWeights.ts"
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

const isFolder = (file: string): TaskEither<WeightsError, boolean> =>
  TE.tryCatch(
    async () => (await stat(file)).isDirectory(),
    (cause) => readFailure(file, cause),
  )

export interface OpenOptions {
  /** Of a folder that holds the same weights in several precisions, those to open. Default: full, else f16. */
  readonly variant?: Variant
}

/**
 * Opens weights: a safetensors or PyTorch file (zip, legacy, TorchScript) told by its bytes, an `.index.json` of shards,
 * or a folder that holds one of these under a name that diffusers, transformers or OpenCLIP give it. Reads names and
 * shapes; elements on demand. Close it when done.
 * Errors: `FileUnreadable`, `FormatUnknown`, `ShardsInvalid`, those of safetensors, `ArchiveInvalid`, `PickleInvalid`,
 * `GlobalRefused`.
 */
export const openWeights = (file: string, options: OpenOptions = {}): TaskEither<WeightsError, WeightFile> =>
  pipe(
    isFolder(file),
    TE.chain((folder) => (folder ? findWeights(path.resolve(file), options.variant) : TE.right(file))),
    TE.chain(openFile),
  )
