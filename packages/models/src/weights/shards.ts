import { counted } from "@diva/tensor"
import * as path from "node:path"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import { decodeText } from "../config/decodeText.ts"
import { fileSource } from "./byteSource.ts"
import { tensorMissing, type TensorSpec, type WeightFile } from "./weightFile.ts"
import type { WeightsError } from "./weightsError.ts"

const maxIndexBytes = 64 * 2 ** 20
const maxShards = 4096

const invalid = (file: string, rule: string): WeightsError => ({
  _tag: "ShardsInvalid",
  file,
  rule,
  remedy: "fetch every file that the index names, from the same release as the index",
})

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Only names of files beside the index: a path could lead anywhere. */
const isPlainName = (name: unknown): name is string =>
  typeof name === "string" &&
  name !== "" &&
  !name.startsWith(".") &&
  path.posix.basename(name) === name &&
  !/[\\/\0]/.test(name)

type ShardByTensor = ReadonlyMap<string, string>

const parseIndex = (file: string, bytes: Uint8Array): Either<WeightsError, ShardByTensor> =>
  pipe(
    E.tryCatch(
      (): unknown => JSON.parse(decodeText(bytes)),
      () => invalid(file, "it is not JSON text"),
    ),
    E.map((json) => (isObject(json) && isObject(json["weight_map"]) ? Object.entries(json["weight_map"]) : [])),
    E.filterOrElse(
      (entries) => entries.length > 0,
      () => invalid(file, "it has no weight_map from tensors to files"),
    ),
    E.filterOrElse(
      (entries): entries is [string, string][] => entries.every(([, shard]) => isPlainName(shard)),
      () => invalid(file, "its weight_map names a shard by something other than a plain file name"),
    ),
    E.map((entries) => new Map(entries)),
  )

const readIndex = (file: string): TaskEither<WeightsError, ShardByTensor> =>
  pipe(
    fileSource(file),
    TE.chainW((source) =>
      pipe(
        source.size > maxIndexBytes
          ? TE.left(invalid(file, `${source.size} bytes are too many for a list of shards`))
          : source.read(0, source.size),
        TE.chainEitherKW((bytes) => parseIndex(file, bytes)),
        TE.chainFirstTaskK(() => source.close),
        TE.orElseFirstTaskK(() => source.close),
      ),
    ),
  )

type Open = (file: string) => TaskEither<WeightsError, WeightFile>

const closeAll = (shards: ReadonlyMap<string, WeightFile>) => async (): Promise<void> => {
  for (const { close } of shards.values()) await close()
}

/** Opens each shard; if one is refused, those already open are closed. */
const openEach =
  (folder: string, names: readonly string[], open: Open): TaskEither<WeightsError, ReadonlyMap<string, WeightFile>> =>
  async () => {
    const shards = new Map<string, WeightFile>()
    for (const name of names) {
      const shard = await open(path.join(folder, name))()
      if (E.isLeft(shard)) {
        await closeAll(shards)()
        return shard
      }
      shards.set(name, shard.right)
    }
    return E.right(shards)
  }

/** The index and the shards must tell the same: each tensor in the file the index says, and no other. */
const entriesOf = (
  file: string,
  index: ShardByTensor,
  shards: ReadonlyMap<string, WeightFile>,
): Either<WeightsError, ReadonlyMap<string, TensorSpec>> => {
  const entries = new Map<string, TensorSpec>()
  for (const [name, shard] of index) {
    const spec = shards.get(shard)?.entries.get(name)
    if (spec === undefined) return E.left(invalid(file, `it says that ${shard} holds ${name}, but it does not`))
    entries.set(name, spec)
  }
  for (const [shard, { entries: held }] of shards)
    for (const name of held.keys())
      if (index.get(name) !== shard)
        return E.left(invalid(file, `${shard} holds ${name}, which the index does not list`))
  return E.right(entries)
}

const together = (
  file: string,
  index: ShardByTensor,
  shards: ReadonlyMap<string, WeightFile>,
  entries: ReadonlyMap<string, TensorSpec>,
): WeightFile => {
  const first = [...shards.values()][0]
  return {
    file,
    format: first?.format === "safetensors" ? "safetensors in shards" : "PyTorch zip in shards",
    metadata: first?.metadata ?? {},
    entries,
    remarks: [counted(shards.size, "shard"), ...new Set([...shards.values()].flatMap(({ remarks }) => remarks))],
    read: (name) => shards.get(index.get(name) ?? "")?.read(name) ?? TE.left(tensorMissing(file, name)),
    close: closeAll(shards),
  }
}

/**
 * Opens all shards that an index (`{"weight_map": {tensor: file}}`) names as one file of weights.
 * Errors: `ShardsInvalid`, and those of the shards.
 */
export const openShards = (file: string, open: Open): TaskEither<WeightsError, WeightFile> =>
  pipe(
    readIndex(file),
    TE.filterOrElse(
      (index) => new Set(index.values()).size <= maxShards,
      () => invalid(file, `it names more than ${maxShards} shards`),
    ),
    TE.bindTo("index"),
    TE.bind("shards", ({ index }) => openEach(path.dirname(file), [...new Set(index.values())], open)),
    TE.chain(({ index, shards }) =>
      pipe(
        TE.fromEither(entriesOf(file, index, shards)),
        TE.map((entries) => together(file, index, shards, entries)),
        TE.orElseFirstTaskK(() => closeAll(shards)),
      ),
    ),
  )
