import { createHash, type Hash } from "node:crypto"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { Effect } from "effect"
import { readFailure, type FileError } from "@diva/models"
import { pictureNames, type ShardSummary } from "../data/index.ts"

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

const addFile = async (hash: Hash, file: string, ranges: readonly (readonly [number, number])[]): Promise<void> => {
  const handle = await fs.open(file, "r")
  const piece = new Uint8Array(pieceBytes)
  try {
    for (const [start, end] of ranges)
      for (let at = start; at < end; at += pieceBytes) {
        const { bytesRead } = await handle.read(piece, 0, Math.min(pieceBytes, end - at), at)
        hash.update(piece.subarray(0, bytesRead))
      }
  } finally {
    await handle.close()
  }
}

const addPictures = async (hash: Hash, folder: string, over: DataIdentity["over"]): Promise<void> => {
  for (const name of await pictureNames(folder)) {
    hash.update(`${name}\n`)
    const file = path.join(folder, name)
    if (over === "whole") await addFile(hash, file, [[0, (await fs.stat(file)).size]])
  }
}

const hashShard = async (shard: ShardSummary, over: DataIdentity["over"]): Promise<string> => {
  if (shard.sha256 !== undefined) return shard.sha256
  const hash = createHash("sha256")
  const isFolder = (await fs.stat(shard.file)).isDirectory()
  await (isFolder ? addPictures(hash, shard.file, over) : addFile(hash, shard.file, rangesOf(shard, over)))
  return hash.digest("hex")
}

/** One hash over the shards' content, in their order; paths do not count. Errors: `FileUnreadable`. */
export const dataHash = Effect.fn("dataHash")(function* (
  shards: readonly ShardSummary[],
): Effect.fn.Return<DataIdentity, FileError> {
  const over = shards.reduce((sum, { bytes }) => sum + bytes, 0) <= wholeUpTo ? "whole" : "ends"
  const hash = createHash("sha256")
  for (const shard of shards) {
    const content = yield* Effect.tryPromise({
      try: () => hashShard(shard, over),
      catch: (cause) => readFailure(shard.file, cause),
    })
    hash.update(`${shard.bytes} ${shard.samples} ${content}\n`)
  }
  return { sha256: hash.digest("hex"), over }
})
