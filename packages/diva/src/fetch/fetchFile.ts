import { type FileError, writeFailure } from "@diva/models"
import { Duration, Effect, Exit, type FileSystem, PlatformError, Scope } from "effect"
import { whatIsAt } from "../files/presence.ts"
import { causeOf, storage, writing } from "../files/storage.ts"
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

const sizeOf = (file: string): Effect.Effect<number> => Effect.map(whatIsAt(file), (info) => Number(info?.size ?? 0))

/** Resumed where the server continues there; started again where it sends everything. */
const startOf = (status: number, range: string | undefined, wanted: number): number | undefined => {
  if (status === 200) return 0
  return status === 206 && range?.startsWith(`bytes ${wanted}-`) === true ? wanted : undefined
}

/** The partial file: the bytes it has, and how it is opened for more. */
interface PartialFile {
  readonly have: number
  readonly open: (flag: "a" | "w") => Promise<OpenedPartial>
}

interface OpenedPartial {
  readonly file: FileSystem.File
  readonly close: () => Promise<void>
}

/** Closed by whoever opened it: a promise that is interrupted would go on writing to a file that its scope closed. */
const partialFile = Effect.fnUntraced(function* (file: string) {
  const { files } = yield* storage
  const open = async (flag: "a" | "w"): Promise<OpenedPartial> => {
    const scope = Scope.makeUnsafe()
    const opened = await Effect.runPromise(Scope.provide(files.open(file, { flag }), scope))
    return { file: opened, close: () => Effect.runPromise(Scope.close(scope, Exit.void)) }
  }
  const partial: PartialFile = { have: yield* sizeOf(file), open }
  return partial
})

/** One connection: adds what it gives to the partial file. Gives why it was not everything; undefined where it was. */
const receive = async (
  item: FetchItem,
  { have, open }: PartialFile,
  options: FetchFileOptions,
  outer: AbortSignal,
): Promise<Interruption | undefined> => {
  const { stall = 30_000, allowPrivate = false, onProgress } = options
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
    const opening = open(start === 0 ? "w" : "a")
    const file = opening.then((opened) => opened.file)
    let done = start
    try {
      const broken = await writeArriving(answer, file, (bytes) => {
        timer.refresh()
        done += bytes
        onProgress?.(done, total)
      })
      await Effect.runPromise((await file).sync)
      if (broken !== undefined) throw broken
    } finally {
      await (await opening).close()
    }
    return answer.complete && (total === undefined || done >= total)
      ? undefined
      : { rule: "the connection was cut off", wait: 0 }
  } catch (cause) {
    if (cause instanceof PlatformError.PlatformError || outer.aborted) throw cause
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
    const partial = yield* partialFile(partialOf(item.file))
    const interruption = yield* Effect.tryPromise({
      try: (signal) => receive(item, partial, options, signal),
      catch: (cause) => writeFailure(item.file, causeOf(cause)),
    })
    if (interruption === undefined) return
    if ((yield* sizeOf(partialOf(item.file))) > partial.have) [left, wait] = [tries, backoff]
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

/**
 * Brings a file to its place: resumed where a part of it is there, verified by its checksum before it gets its name. One that is there
 * already is verified. Errors: `FetchFailed`, `ChecksumMismatch`, `StorageFull`, `FileUnwritable`, `FileUnreadable`.
 */
export const fetchFile = Effect.fn("fetchFile")(function* (
  item: FetchItem,
  options: FetchFileOptions = {},
): Effect.fn.Return<Fetched, FetchFailed | ChecksumMismatch | FileError> {
  const { files, path } = yield* storage
  const onDisk = writing(item.file)
  const partial = partialOf(item.file)
  if ((yield* sizeOf(item.file)) > 0 && (yield* hasChecksum(item.file, item.checksum))) return "present"
  yield* onDisk(files.makeDirectory(path.dirname(item.file), { recursive: true }))
  const resumes = (yield* sizeOf(partial)) > 0
  for (let attempt = 0; attempt < 2; attempt++) {
    yield* receiveAll(item, options)
    if (yield* hasChecksum(partial, item.checksum)) {
      yield* onDisk(files.rename(partial, item.file))
      return resumes ? "resumed" : "fetched"
    }
    // A part of an older file may have been resumed: the second time everything is new.
    yield* onDisk(files.remove(partial, { force: true }))
  }
  return yield* mismatch(item)
})
