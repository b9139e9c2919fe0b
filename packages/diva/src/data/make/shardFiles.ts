import * as path from "node:path"
import { type Append, type FileError, writeAtomically } from "@diva/models"
import { Effect, Option, Schema } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet"
import { parquetWriteBuffer } from "hyparquet-writer"
import { fromTaskEither } from "../../fromEither.ts"
import { readTextIfThere } from "../../files/readText.ts"
import { writeJson } from "../../files/writeJson.ts"
import { tarEnd, type TarMember, tarMemberBytes } from "../tar/writeTar.ts"
import type { RowRecord, RowStatus } from "./row.ts"
import type { StoredImage } from "./storedImage.ts"

const shardDigits = 5

/** The three files of a shard, in img2dataset's layout. */
export const shardFiles = (folder: string, shard: number) => {
  const name = String(shard).padStart(shardDigits, "0")
  return {
    tar: path.join(folder, `${name}.tar`),
    parquet: path.join(folder, `${name}.parquet`),
    stats: path.join(folder, `${name}_stats.json`),
  }
}

/** Shard, then place in it: 000010005 is item 5 of shard 1 where shards have up to 10,000. */
export const sampleKey = (shard: number, index: number, perShard: number): string => {
  const digits = Math.max(1, Math.ceil(Math.log10(perShard)))
  return `${String(shard).padStart(shardDigits, "0")}${String(index).padStart(digits, "0")}`
}

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A record under img2dataset's names. */
const fieldsOf = ({ key, row, ...record }: RowRecord): Readonly<Record<string, unknown>> => ({
  ...row.extra,
  caption: row.caption ?? null,
  url: row.source,
  key,
  status: record.status,
  error_message: record.errorMessage ?? null,
  width: record.width ?? null,
  height: record.height ?? null,
  original_width: record.originalWidth ?? null,
  original_height: record.originalHeight ?? null,
  exif: record.exif ?? null,
  sha256: record.sha256 ?? null,
})

/** The members of one sample: picture, caption, and what is known of it. */
export const sampleMembers = (record: RowRecord, { bytes, extension }: StoredImage): readonly TarMember[] => [
  { name: `${record.key}.${extension}`, bytes },
  { name: `${record.key}.txt`, bytes: encoded(record.row.caption ?? "") },
  { name: `${record.key}.json`, bytes: encoded(JSON.stringify(fieldsOf(record))) },
]

/** Writes a shard's tar file while its members come, all or nothing. */
export const writeShardTar = (file: string, members: AsyncIterable<TarMember>): Effect.Effect<number, FileError> =>
  fromTaskEither(
    writeAtomically(file, async (append: Append) => {
      for await (const member of members) for (const bytes of tarMemberBytes(member)) await append(bytes)
      await append(tarEnd())
      return E.right(undefined)
    }),
  )

const textual = (value: unknown): string | null => {
  if (value === null || value === undefined) return null
  return typeof value === "string" ? value : JSON.stringify(value)
}

/** Columns of whole numbers; all others are texts, those of the list in whatever form they came. */
const numeric: ReadonlySet<string> = new Set(["width", "height", "original_width", "original_height"])

const column = (rows: readonly Readonly<Record<string, unknown>>[], name: string) =>
  numeric.has(name)
    ? { name, data: rows.map((row) => row[name] ?? null), type: "INT32" as const, nullable: true }
    : { name, data: rows.map((row) => textual(row[name])), type: "STRING" as const, nullable: true }

/** Writes what is known of all rows of a shard, failures included, as Parquet. */
export const writeShardTable = (file: string, records: readonly RowRecord[]): Effect.Effect<number, FileError> => {
  const rows = records.map(fieldsOf)
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const bytes = new Uint8Array(parquetWriteBuffer({ columnData: names.map((name) => column(rows, name)) }))
  return fromTaskEither(
    writeAtomically(file, async (append) => {
      await append(bytes)
      return E.right(undefined)
    }),
  )
}

const Stats = Schema.Struct({
  count: Schema.Int,
  successes: Schema.Int,
  failed_to_download: Schema.Int,
  failed_to_resize: Schema.Int,
  duplicates: Schema.Int,
  duration: Schema.Finite,
  start_time: Schema.Finite,
  end_time: Schema.Finite,
  /** How often each reason was given; "success" among them. */
  status_dict: Schema.Record(Schema.String, Schema.Int),
})

/** How a shard went, under img2dataset's names. Times are seconds; `start_time` since 1970. */
export type ShardStats = typeof Stats.Type

const tally = (texts: readonly string[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1
  return counts
}

export const statsOf = (records: readonly RowRecord[], start: number, end: number): ShardStats => {
  const count = (status: RowStatus): number => records.filter((record) => record.status === status).length
  return {
    count: records.length,
    successes: count("success"),
    failed_to_download: count("failed_to_download"),
    failed_to_resize: count("failed_to_resize"),
    duplicates: count("duplicate"),
    duration: end - start,
    start_time: start,
    end_time: end,
    status_dict: tally(records.map(({ status, errorMessage }) => errorMessage ?? status)),
  }
}

/** Written last: a shard is done where its statistics are there. */
export const writeShardStats = (file: string, stats: ShardStats): Effect.Effect<void, FileError> =>
  writeJson(file, stats)

const decodeStats = Schema.decodeUnknownOption(Schema.fromJsonString(Stats))

/** The statistics of a shard that is done; undefined where it is not, or where they were damaged: it is then made again. */
export const readShardStats = (file: string): Effect.Effect<ShardStats | undefined> =>
  Effect.map(readTextIfThere(file), (text) => Option.getOrUndefined(decodeStats(text)))

/** Hashes of the pictures in a shard that is done. */
export const shardHashes = async (file: string): Promise<readonly string[]> => {
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(file), columns: ["sha256", "status"] })
  return rows.flatMap(({ sha256, status }) => (status === "success" && typeof sha256 === "string" ? [sha256] : []))
}
