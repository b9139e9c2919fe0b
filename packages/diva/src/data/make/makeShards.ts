import { createHash } from "node:crypto"
import { type FileError, readFailure } from "@diva/models"
import { Clock, Effect, Stream } from "effect"
import { storage, writing } from "../../files/storage.ts"
import type { TarMember } from "../tar/writeTar.ts"
import type { Row, RowRecord, RowStatus } from "./row.ts"
import { makeSeen, type Seen } from "./seen.ts"
import {
  readShardStats,
  sampleKey,
  sampleMembers,
  shardFiles,
  shardHashes,
  type ShardStats,
  statsOf,
  writeShardStats,
  writeShardTable,
  writeShardTar,
} from "./shardFiles.ts"
import { storeImage, type StoredImage, type StoreOptions } from "./storedImage.ts"

/** Why a row's bytes could not be had. */
export interface RowUnavailable {
  readonly _tag: "RowUnavailable"
  readonly reason: string
}

export interface MakeShards {
  readonly folder: string
  readonly rows: AsyncIterable<Row>
  /** Gets the bytes of a row's picture. */
  readonly bytesOf: (row: Row) => Effect.Effect<Uint8Array, RowUnavailable>
  readonly store: StoreOptions
  readonly perShard: number
  /** Rows worked on at once. */
  readonly concurrency: number
  /** Whether a picture whose bytes are there already is left out. */
  readonly dropDuplicates: boolean
  /** Called for every shard, also for those that were done before. */
  readonly onShard?: (shard: number, stats: ShardStats, wasDone: boolean) => Effect.Effect<void>
  /** Called for every row. */
  readonly onRow?: (status: RowStatus) => Effect.Effect<void>
}

/** Everything that was made, shard by shard or before. */
export interface MadeShards {
  readonly shards: number
  readonly count: number
  readonly successes: number
  readonly duplicates: number
  readonly failures: number
  readonly status: Readonly<Record<string, number>>
}

/** A row after its picture was got and sized: or why not. */
interface Prepared {
  readonly row: Row
  readonly image: StoredImage | undefined
  readonly sha256: string | undefined
  readonly status: RowStatus
  readonly reason: string | undefined
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message.split("\n")[0]! : String(cause))

const sized = (row: Row, bytes: Uint8Array, store: StoreOptions): Effect.Effect<Prepared> => {
  const sha256 = createHash("sha256").update(bytes).digest("hex")
  const made = Effect.tryPromise({ try: () => storeImage(bytes, store), catch: messageOf })
  return Effect.match(made, {
    onFailure: (reason): Prepared => ({ row, image: undefined, sha256, status: "failed_to_resize", reason }),
    onSuccess: (image): Prepared => ({ row, image, sha256, status: "success", reason: undefined }),
  })
}

const prepare = ({ bytesOf, store }: MakeShards, row: Row): Effect.Effect<Prepared> =>
  Effect.matchEffect(bytesOf(row), {
    onFailure: ({ reason }) =>
      Effect.succeed<Prepared>({ row, image: undefined, sha256: undefined, status: "failed_to_download", reason }),
    onSuccess: (bytes) => sized(row, bytes, store),
  })

const recordOf = ({ row, image, sha256, status, reason }: Prepared, key: string): RowRecord => ({
  key,
  row,
  status,
  errorMessage: reason,
  width: image?.width,
  height: image?.height,
  originalWidth: image?.originalWidth,
  originalHeight: image?.originalHeight,
  exif: image?.exif,
  sha256,
})

const asDuplicate = (prepared: Prepared): Prepared => ({
  ...prepared,
  status: "duplicate",
  reason: "the same bytes are already in the data",
})

const seconds = Effect.map(Clock.currentTimeMillis, (millis) => millis / 1000)

/**
 * Makes one shard of its rows. Pictures are got side by side and written in the order of the rows, so that equal answers give
 * equal shards; no more than `concurrency` pictures are in memory.
 */
const makeShard = Effect.fnUntraced(function* (job: MakeShards, shard: number, rows: readonly Row[], seen: Seen) {
  const files = shardFiles(job.folder, shard)
  const start = yield* seconds
  const records: RowRecord[] = []
  const membersOf = (prepared: Prepared, index: number): readonly TarMember[] => {
    const isNew = prepared.image === undefined || !job.dropDuplicates || seen.addHash(prepared.sha256!)
    const kept = isNew ? prepared : asDuplicate(prepared)
    const record = recordOf(kept, sampleKey(shard, index, job.perShard))
    records.push(record)
    return kept.status === "success" ? sampleMembers(record, kept.image!) : []
  }
  const members = Stream.fromIterable(rows).pipe(
    Stream.rechunk(1),
    Stream.mapEffect((row) => prepare(job, row), { concurrency: job.concurrency }),
    Stream.zipWithIndex,
    Stream.map(([prepared, index]) => membersOf(prepared, index)),
    Stream.tap(() => job.onRow?.(records.at(-1)!.status) ?? Effect.void),
    Stream.flattenIterable,
  )
  yield* writeShardTar(files.tar, Stream.toAsyncIterable(members))
  yield* writeShardTable(files.parquet, records)
  const stats = statsOf(records, start, yield* seconds)
  yield* writeShardStats(files.stats, stats)
  return stats
})

/** A shard that was done before: its pictures are remembered, its rows passed over. */
const doneBefore = Effect.fnUntraced(function* ({ folder, dropDuplicates }: MakeShards, shard: number, seen: Seen) {
  const files = shardFiles(folder, shard)
  const stats = yield* readShardStats(files.stats)
  if (stats === undefined || !dropDuplicates) return stats
  const hashes = yield* Effect.tryPromise({
    try: () => shardHashes(files.parquet),
    catch: (cause) => readFailure(files.parquet, cause),
  })
  hashes.forEach((hash) => seen.addHash(hash))
  return stats
})

const nothing: MadeShards = { shards: 0, count: 0, successes: 0, duplicates: 0, failures: 0, status: {} }

const added = (sum: MadeShards, stats: ShardStats): MadeShards => {
  const status: Record<string, number> = { ...sum.status }
  for (const [reason, count] of Object.entries(stats.status_dict)) status[reason] = (status[reason] ?? 0) + count
  return {
    shards: sum.shards + 1,
    count: sum.count + stats.count,
    successes: sum.successes + stats.successes,
    duplicates: sum.duplicates + stats.duplicates,
    failures: sum.failures + stats.failed_to_download + stats.failed_to_resize,
    status,
  }
}

async function* chunked(rows: AsyncIterable<Row>, size: number): AsyncGenerator<readonly Row[]> {
  let chunk: Row[] = []
  for await (const row of rows) {
    chunk.push(row)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

/**
 * Makes webdataset shards of rows, in img2dataset's layout: `00000.tar`, `00000.parquet`, `00000_stats.json`. Each shard is written
 * all or nothing; those that are done are passed over, so that an interrupted job continues where it was, with the same result.
 * Errors: file errors; what is wrong with a row is recorded, not an error.
 */
export const makeShards = Effect.fn("makeShards")(function* (job: MakeShards): Effect.fn.Return<MadeShards, FileError> {
  const { files } = yield* storage
  yield* writing(job.folder)(files.makeDirectory(job.folder, { recursive: true }))
  const seen = makeSeen()
  const chunks = Stream.fromAsyncIterable(chunked(job.rows, job.perShard), (cause) => readFailure("the list", cause))
  return yield* chunks.pipe(
    Stream.zipWithIndex,
    Stream.mapEffect(
      Effect.fnUntraced(function* ([rows, shard]) {
        const before = yield* doneBefore(job, shard, seen)
        const stats = before ?? (yield* makeShard(job, shard, rows, seen))
        yield* job.onShard?.(shard, stats, before !== undefined) ?? Effect.void
        return stats
      }),
    ),
    Stream.runFold(() => nothing, added),
  )
})
