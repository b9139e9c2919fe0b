import { createHash, type Hash } from "node:crypto"
import * as path from "node:path"
import { Effect } from "effect"
import type { FileError } from "@diva/models"
import { isFolder } from "../files/presence.ts"
import { storedSource } from "../files/storedSource.ts"
import { fromTaskEither } from "../fromEither.ts"
import { listPictures } from "./pictureFolder.ts"
import type { ShardSummary } from "./shardSummary.ts"
import { doing } from "../doing.ts"

/** What identifies training data in a manifest. */
export interface DataIdentity {
  readonly sha256: string
  /** "whole": over every byte. "ends": over the first and last megabyte of each shard, and the names of a folder's pictures, for data that take long to read. */
  readonly over: "whole" | "ends"
}

/** Up to this many bytes in all, everything is hashed: about a second. */
const wholeUpTo = 2 ** 30

const endBytes = 2 ** 20
const pieceBytes = 2 ** 20

/** Ranges of a file that are hashed. */
const rangesOf = ({ bytes }: ShardSummary, over: DataIdentity["over"]): readonly (readonly [number, number])[] =>
  over === "whole" || bytes <= 2 * endBytes
    ? [[0, bytes]]
    : [
        [0, endBytes],
        [bytes - endBytes, bytes],
      ]

/** Adds ranges of a file, all of it where none are given. */
const addFile = Effect.fnUntraced(function* (
  hash: Hash,
  file: string,
  ranges?: readonly (readonly [number, number])[],
) {
  const source = yield* storedSource(file)
  for (const [start, end] of ranges ?? [[0, source.size] as const])
    for (let at = start; at < Math.min(end, source.size); at += pieceBytes)
      hash.update(yield* fromTaskEither(source.read(at, Math.min(pieceBytes, end - at, source.size - at))))
}, Effect.scoped)

const addPictures = Effect.fnUntraced(function* (hash: Hash, folder: string, over: DataIdentity["over"]) {
  for (const name of (yield* listPictures(folder)).pictures) {
    hash.update(`${name}\n`)
    if (over === "whole") yield* addFile(hash, path.join(folder, name))
  }
})

const hashShard = Effect.fnUntraced(function* (shard: ShardSummary, over: DataIdentity["over"]) {
  if (shard.sha256 !== undefined) return shard.sha256
  const hash = createHash("sha256")
  if (yield* isFolder(shard.file)) yield* addPictures(hash, shard.file, over)
  else yield* addFile(hash, shard.file, rangesOf(shard, over))
  return hash.digest("hex")
})

/** One hash over the shards' content, in their order; paths do not count. Errors: `FileUnreadable`. */
export const dataHash = Effect.fn("dataHash")(function* (
  shards: readonly ShardSummary[],
): Effect.fn.Return<DataIdentity, FileError> {
  const over = shards.reduce((sum, { bytes }) => sum + bytes, 0) <= wholeUpTo ? "whole" : "ends"
  const hash = createHash("sha256")
  for (const [i, shard] of shards.entries()) {
    yield* doing("hashing the data", i, shards.length)
    const content = yield* hashShard(shard, over)
    hash.update(`${shard.bytes} ${shard.samples} ${content}\n`)
  }
  return { sha256: hash.digest("hex"), over }
})
