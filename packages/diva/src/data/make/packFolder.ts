import { createHash } from "node:crypto"
import * as path from "node:path"
import { type FileError, readFailure } from "@diva/models"
import { Effect, Result } from "effect"
import { readBytes, readTextIfThere } from "../../files/readText.ts"
import { listPictures } from "../pictureFolder.ts"
import { ShardsEmpty } from "../shardsError.ts"
import { beginJob, type Job, type JobDiffers } from "./job.ts"
import { readList } from "./lists/readList.ts"
import { type MadeShards, makeShards, type MakeShards, type RowUnavailable } from "./makeShards.ts"
import type { Row } from "./row.ts"
import { defaultStore, type StoreOptions } from "./storedImage.ts"

export interface PackFolder extends Pick<MakeShards, "onRow" | "onShard"> {
  readonly pictures: string
  readonly folder: string
  /** A table of captions by file name (columns `file` and `caption`), besides those in `.txt` and `.json` beside a picture. */
  readonly captions?: string
  /** Left out: pictures are packed as they are. */
  readonly store?: StoreOptions
  /** Pictures of a shard; 10,000. */
  readonly perShard?: number
  readonly concurrency?: number
  readonly keepDuplicates?: boolean
  /** Told how many pictures the folder holds before the first is read. */
  readonly onFound?: (pictures: number) => Effect.Effect<void>
}

type Extra = Readonly<Record<string, unknown>>

const parsedObject = (text: string | undefined): Extra => {
  try {
    const value: unknown = JSON.parse(text ?? "{}")
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Extra) : {}
  } catch {
    return {}
  }
}

/** A picture with its caption: of the table, the text beside it, or the `caption` in the JSON beside it, the first there is. */
const rowOf = Effect.fnUntraced(function* (folder: string, name: string, captions: ReadonlyMap<string, Row>) {
  const stem = path.join(folder, name.slice(0, name.length - path.extname(name).length))
  const [text, json] = [yield* readTextIfThere(`${stem}.txt`), yield* readTextIfThere(`${stem}.json`)]
  const beside = parsedObject(json)
  const listed = captions.get(name) ?? captions.get(path.basename(name))
  const inJson = beside["caption"]
  const caption = listed?.caption ?? text?.trim() ?? (typeof inJson === "string" ? inJson : undefined)
  const row: Row = { source: name, caption, extra: { ...beside, ...listed?.extra } }
  return row
})

/** Names of the columns in which tables of captions say which file they mean. */
const fileColumns = ["file", "file_name", "filename", "image", "path", "url"] as const

const bySource = async (rows: AsyncIterable<Row>): Promise<ReadonlyMap<string, Row>> => {
  const table = new Map<string, Row>()
  for await (const row of rows) table.set(row.source.replace(/^\.\//, ""), row)
  return table
}

const captionTable = Effect.fnUntraced(function* (
  file: string | undefined,
): Effect.fn.Return<ReadonlyMap<string, Row>, FileError> {
  if (file === undefined) return new Map()
  for (const url of fileColumns) {
    const rows = yield* readList(file, { url })
    const table = yield* Effect.result(Effect.tryPromise({ try: () => bySource(rows), catch: (cause) => cause }))
    if (Result.isSuccess(table)) return table.success
    // Another column may hold the names; any other trouble with the table is reported.
    const { failure } = table
    if (!(failure instanceof Error) || !failure.message.includes("it has no column"))
      return yield* Effect.fail(readFailure(file, failure))
  }
  const rule = `it has no column of file names: none of ${fileColumns.join(", ")}`
  return yield* Effect.fail(readFailure(file, new Error(rule)))
})

/** Rows one after the other, as they are asked for. */
const rowsOf = (folder: string, names: readonly string[], captions: ReadonlyMap<string, Row>) =>
  Effect.map(Effect.context<never>(), async function* (context) {
    for (const name of names) yield await Effect.runPromiseWith(context)(rowOf(folder, name, captions))
  })

const asTheyAre: StoreOptions = { ...defaultStore, mode: "no" }

const jobOf = (
  { store = asTheyAre, perShard = 10_000, keepDuplicates = false }: PackFolder,
  names: readonly string[],
): Job => ({
  pictures: names.length,
  names: createHash("sha256").update(names.join("\n")).digest("hex"),
  store,
  perShard,
  keepDuplicates,
})

const none = (folder: string): ShardsEmpty =>
  new ShardsEmpty({
    files: [folder],
    rule: `${folder} holds no pictures, at any depth`,
    remedy: "name the folder of the pictures: jpg, png, webp, avif, tiff or gif",
  })

/**
 * Makes webdataset shards of a folder of pictures at any depth, in the order of their paths, with the captions beside them (see
 * `makeShards`). Pictures that cannot be decoded are left out and recorded. Errors: `ShardsEmpty`, `JobDiffers`,
 * file errors.
 */
export const packFolder = Effect.fn("packFolder")(function* (
  job: PackFolder,
): Effect.fn.Return<MadeShards, FileError | ShardsEmpty | JobDiffers> {
  const { pictures, folder, store = asTheyAre, perShard = 10_000, concurrency = 4 } = job
  const { pictures: names } = yield* listPictures(pictures)
  if (names.length === 0) return yield* none(pictures)
  yield* job.onFound?.(names.length) ?? Effect.void
  yield* beginJob(folder, jobOf(job, names))
  const captions = yield* captionTable(job.captions)
  const bytesOf = ({ source }: Row): Effect.Effect<Uint8Array, RowUnavailable> =>
    Effect.mapError(readBytes(path.join(pictures, source)), ({ rule }) => ({ _tag: "RowUnavailable", reason: rule }))
  return yield* makeShards({
    folder,
    rows: yield* rowsOf(pictures, names, captions),
    bytesOf,
    store,
    perShard,
    concurrency,
    dropDuplicates: job.keepDuplicates !== true,
    ...(job.onRow === undefined ? {} : { onRow: job.onRow }),
    ...(job.onShard === undefined ? {} : { onShard: job.onShard }),
  })
})
