import * as fs from "node:fs/promises"
import * as path from "node:path"
import { type FileError, writeFailure } from "@diva/models"
import { Duration, Effect } from "effect"
import { isPassing, retryAfterOf } from "../http/retry.ts"
import { openAnswer, RequestRefused } from "../http/openAnswer.ts"
import { hasChecksum } from "./checksum.ts"
import { ChecksumMismatch, FetchFailed } from "./fetchError.ts"
import type { FetchItem } from "./fetchPlan.ts"
import { writeArriving } from "./writeArriving.ts"

export interface FetchFileOptions {
  readonly allowPrivate?: boolean
  /** Milliseconds without a byte after which a connection is given up; 30,000. */
  readonly stall?: number
  /** Tries without any progress before it is given up; 5. */
  readonly tries?: number
  /** Milliseconds before the second try, doubled before each further one; 1,000. */
  readonly backoff?: number
  /** Called with the bytes that have arrived and those expected. */
  readonly onProgress?: (done: number, total: number | undefined) => void
}

/** What became of a file: it was there already, or was fetched, or its rest was. */
export type Fetched = "present" | "fetched" | "resumed"

/** The file while it is incomplete; what is there of it is kept when the download stops. */
const partialOf = (file: string): string => `${file}.partial`

/** Why a connection gave less than everything. `wait`: undefined where trying again is of no use. */
interface Interruption {
  readonly rule: string
  readonly wait: number | undefined
}

const sizeOf = (file: string): Promise<number> =>
  fs.stat(file).then(
    ({ size }) => size,
    () => 0,
  )

const isDiskError = (cause: unknown): boolean => {
  const { syscall = "" } = cause as NodeJS.ErrnoException
  return ["open", "write", "mkdir", "ftruncate"].includes(syscall)
}

/** Resumed where the server continues there; started again where it sends everything. */
const startOf = (status: number, range: string | undefined, wanted: number): number | undefined => {
  if (status === 200) return 0
  return status === 206 && range?.startsWith(`bytes ${wanted}-`) === true ? wanted : undefined
}

/** One connection: adds what it gives to the partial file. Gives why it was not everything; undefined where it was. */
const receive = async (
  item: FetchItem,
  options: FetchFileOptions,
  outer: AbortSignal,
): Promise<Interruption | undefined> => {
  const { stall = 30_000, allowPrivate = false, onProgress } = options
  const partial = partialOf(item.file)
  const have = await sizeOf(partial)
  const stalled = new AbortController()
  const timer = setTimeout(() => stalled.abort(), stall)
  const signal = AbortSignal.any([outer, stalled.signal])
  try {
    const headers = { ...item.headers, ...(have > 0 ? { range: `bytes=${have}-` } : {}) }
    const answer = await openAnswer(item.url, { headers, allowPrivate, signal })
    const { statusCode: status = 0 } = answer
    const start = startOf(status, answer.headers["content-range"], have)
    if (start === undefined) {
      answer.destroy()
      // The partial file is as long as what is there, or longer: its checksum decides.
      if (status === 416) return undefined
      const wait = isPassing(status) ? retryAfterOf(answer.headers["retry-after"], Date.now()) : undefined
      return { rule: `HTTP ${status}`, wait }
    }
    const length = answer.headers["content-length"]
    const total = item.bytes ?? (length === undefined ? undefined : start + Number(length))
    const opening = fs.open(partial, start === 0 ? "w" : "a")
    let done = start
    try {
      const broken = await writeArriving(answer, opening, (bytes) => {
        timer.refresh()
        done += bytes
        onProgress?.(done, total)
      })
      await (await opening).sync()
      if (broken !== undefined) throw broken
    } finally {
      await (await opening).close()
    }
    return answer.complete && (total === undefined || done >= total)
      ? undefined
      : { rule: "the connection was cut off", wait: 0 }
  } catch (cause) {
    if (isDiskError(cause) || outer.aborted) throw cause
    if (stalled.signal.aborted) return { rule: `no byte within ${stall / 1000} s`, wait: 0 }
    return { rule: (cause as Error).message, wait: cause instanceof RequestRefused ? undefined : 0 }
  } finally {
    clearTimeout(timer)
  }
}

const failed = (url: string, rule: string): FetchFailed =>
  new FetchFailed({
    url,
    rule,
    remedy:
      "the same command continues where this stopped; check the network, or put the file in its place by hand (docs/weights.md)",
  })

/** Receives until everything is there; a try that brought bytes does not count. */
const receiveAll = Effect.fnUntraced(function* (item: FetchItem, options: FetchFileOptions) {
  const { tries = 5, backoff = 1000 } = options
  for (let left = tries, wait = backoff; ;) {
    const before = yield* Effect.promise(() => sizeOf(partialOf(item.file)))
    const interruption = yield* Effect.tryPromise({
      try: (signal) => receive(item, options, signal),
      catch: (cause) => writeFailure(item.file, cause),
    })
    if (interruption === undefined) return
    const after = yield* Effect.promise(() => sizeOf(partialOf(item.file)))
    if (after > before) [left, wait] = [tries, backoff]
    else left--
    if (interruption.wait === undefined || left <= 0) return yield* failed(item.url, interruption.rule)
    yield* Effect.sleep(Duration.millis(Math.max(interruption.wait, wait)))
    wait *= 2
  }
})

const mismatch = ({ file, url }: FetchItem): ChecksumMismatch =>
  new ChecksumMismatch({
    file,
    url,
    rule: "its checksum twice was not the published one; what was downloaded is removed",
    remedy:
      "do not use this source; try again later, or fetch the file elsewhere and put it in place: its checksum is verified there too",
  })

const verified = (file: string, item: FetchItem): Effect.Effect<boolean, FileError> =>
  Effect.tryPromise({ try: () => hasChecksum(file, item.checksum), catch: (cause) => writeFailure(file, cause) })

/**
 * Brings a file to its place: resumed where a part of it is there, verified by its checksum before it gets its name. One that is there
 * already is verified. Errors: `FetchFailed`, `ChecksumMismatch`, `StorageFull`, `FileUnwritable`.
 */
export const fetchFile = Effect.fn("fetchFile")(function* (
  item: FetchItem,
  options: FetchFileOptions = {},
): Effect.fn.Return<Fetched, FetchFailed | ChecksumMismatch | FileError> {
  const writing = <A>(write: () => Promise<A>) =>
    Effect.tryPromise({ try: write, catch: (cause) => writeFailure(item.file, cause) })
  const partial = partialOf(item.file)
  if ((yield* Effect.promise(() => sizeOf(item.file))) > 0 && (yield* verified(item.file, item))) return "present"
  yield* writing(() => fs.mkdir(path.dirname(item.file), { recursive: true }))
  const resumes = (yield* Effect.promise(() => sizeOf(partial))) > 0
  for (let attempt = 0; attempt < 2; attempt++) {
    yield* receiveAll(item, options)
    if (yield* verified(partial, item)) {
      yield* writing(() => fs.rename(partial, item.file))
      return resumes ? "resumed" : "fetched"
    }
    // A part of an older file may have been resumed: the second time everything is new.
    yield* writing(() => fs.rm(partial, { force: true }))
  }
  return yield* mismatch(item)
})
