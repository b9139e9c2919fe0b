import * as path from "node:path"
import type { FileError } from "@diva/models"
import { Duration, Effect, Semaphore } from "effect"
import { reading, storage } from "../../../files/storage.ts"
import { beginJob, type JobDiffers } from "../job.ts"
import type { Columns } from "../lists/columns.ts"
import { readList } from "../lists/readList.ts"
import { type MadeShards, makeShards, type MakeShards, type RowUnavailable } from "../makeShards.ts"
import type { Row } from "../row.ts"
import { makeSeen } from "../seen.ts"
import { defaultStore, type StoreOptions } from "../storedImage.ts"
import { getBytes, GetFailed, type GetOptions } from "./getBytes.ts"

export interface DownloadList extends Pick<MakeShards, "onRow" | "onShard"> {
  readonly list: string
  readonly folder: string
  readonly columns?: Columns
  readonly store?: StoreOptions
  /** Rows of a shard; 10,000. */
  readonly perShard?: number
  /** Pictures requested at once, in all and of one server; 64 and 8. */
  readonly concurrency?: number
  readonly perHost?: number
  /** Tries after the first; 2. */
  readonly retries?: number
  /** Milliseconds before the first of them, doubled before each further one; 500. */
  readonly backoff?: number
  /** Milliseconds for one answer; 10,000. */
  readonly timeout?: number
  /** Bytes of a picture at most; 64 MiB. */
  readonly largest?: number
  /** Whether addresses of this machine and its network may be asked: a list is not to be trusted. */
  readonly allowPrivate?: boolean
  /** Whether the same address, or the same bytes, are wanted more than once. */
  readonly keepDuplicates?: boolean
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : "")

/** At most `permits` at a time of each server. Those without work are forgotten. */
const limitPerHost = (permits: number) => {
  const hosts = new Map<string, { readonly semaphore: Semaphore.Semaphore; users: number }>()
  return <A, E>(host: string, work: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.suspend(() => {
      const entry = hosts.get(host) ?? { semaphore: Semaphore.makeUnsafe(permits), users: 0 }
      hosts.set(host, entry)
      entry.users++
      const leave = Effect.sync(() => {
        if (--entry.users === 0) hosts.delete(host)
      })
      return Effect.ensuring(entry.semaphore.withPermits(1)(work), leave)
    })
}

interface Tries {
  readonly retries: number
  readonly backoff: number
}

const withRetries = (
  attempt: Effect.Effect<Uint8Array, GetFailed>,
  { retries, backoff }: Tries,
): Effect.Effect<Uint8Array, GetFailed> =>
  Effect.catch(attempt, (failed) =>
    failed.retryAfter === undefined || retries === 0
      ? Effect.fail(failed)
      : Effect.delay(
          Effect.suspend(() => withRetries(attempt, { retries: retries - 1, backoff: backoff * 2 })),
          Duration.millis(Math.max(failed.retryAfter, backoff)),
        ),
  )

const downloader = (job: DownloadList) => {
  const { perHost = 8, retries = 2, backoff = 500, timeout = 10_000, largest = 64 * 2 ** 20 } = job
  const options: GetOptions = { timeout, largest, allowPrivate: job.allowPrivate ?? false }
  const limited = limitPerHost(perHost)
  return ({ source }: Row): Effect.Effect<Uint8Array, RowUnavailable> => {
    const attempt = Effect.tryPromise({
      try: (signal) => getBytes(source, options, signal),
      catch: (cause) => (cause instanceof GetFailed ? cause : new GetFailed(String(cause))),
    })
    const got = withRetries(limited(hostOf(source), attempt), { retries, backoff })
    return Effect.mapError(got, ({ message }): RowUnavailable => ({ _tag: "RowUnavailable", reason: message }))
  }
}

/** Rows whose address came before are left out. */
async function* withoutRepeats(rows: AsyncIterable<Row>): AsyncGenerator<Row> {
  const seen = makeSeen()
  for await (const row of rows) if (seen.addText(row.source)) yield row
}

/** What shards of one job must have in common. */
const jobOf = Effect.fnUntraced(function* (job: DownloadList) {
  const { list, columns = {}, store = defaultStore, perShard = 10_000, keepDuplicates = false } = job
  const { files } = yield* storage
  const { size } = yield* reading(list)(files.stat(list))
  return { list: path.basename(list), bytes: Number(size), columns, store, perShard, keepDuplicates }
})

/**
 * Downloads the pictures of a list into webdataset shards, in img2dataset's layout (see `makeShards`). What fails is recorded with
 * its reason. After an interruption it continues with the shard it was at. Errors: `JobDiffers`, file errors.
 */
export const downloadList = Effect.fn("downloadList")(function* (
  job: DownloadList,
): Effect.fn.Return<MadeShards, FileError | JobDiffers> {
  yield* beginJob(job.folder, yield* jobOf(job))
  const { list, folder, columns, keepDuplicates = false, perShard = 10_000, concurrency = 64 } = job
  const rows = yield* readList(list, columns)
  return yield* makeShards({
    folder,
    rows: keepDuplicates ? rows : withoutRepeats(rows),
    bytesOf: downloader(job),
    store: job.store ?? defaultStore,
    perShard,
    concurrency,
    dropDuplicates: !keepDuplicates,
    ...(job.onRow === undefined ? {} : { onRow: job.onRow }),
    ...(job.onShard === undefined ? {} : { onShard: job.onShard }),
  })
})
