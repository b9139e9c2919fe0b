import type { ByteSource, FileError } from "@diva/models"
import { type AsyncBuffer, parquetMetadataAsync, parquetReadObjects, parquetSchema } from "hyparquet"
import { compressors } from "hyparquet-compressors"
import { Effect } from "effect"
import { keepingStorage } from "../../../files/storage.ts"
import { storedSource } from "../../../files/storedSource.ts"
import { fromTaskEither } from "../../../fromEither.ts"
import type { Row } from "../row.ts"
import { type Columns, findColumns, headerOf, rowOf } from "./columns.ts"
import { csvRows, linesOf, textOf, tsvRows } from "./delimited.ts"

/** Endings of lists that can be read; each but Parquet may be followed by .gz. */
export const listEndings = [".tsv", ".csv", ".jsonl", ".ndjson", ".txt", ".parquet"] as const

const withoutMark = (text: string): string => text.replace(/^\uFEFF/, "")

async function* delimited(rows: AsyncIterable<readonly string[]>, columns: Columns): AsyncGenerator<Row> {
  let names: readonly string[] | undefined
  let found: ReturnType<typeof findColumns> | undefined
  for await (const cells of rows) {
    const isFirst = names === undefined
    const first = isFirst ? cells.map((cell, i) => (i === 0 ? withoutMark(cell) : cell)) : cells
    names ??= headerOf(first) ?? first
    found ??= findColumns(names, columns)
    if (isFirst && names === first) continue
    const row = rowOf(Object.fromEntries(names.map((name, i) => [name, first[i]])), found)
    if (row !== undefined) yield row
  }
}

const parsedLine = (line: string, number: number): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch (cause) {
    throw new Error(`line ${number} is not JSON: ${(cause as Error).message}`, { cause })
  }
  throw new Error(`line ${number} is not a JSON object`)
}

async function* jsonLines(lines: AsyncIterable<string>, columns: Columns): AsyncGenerator<Row> {
  let number = 0
  for await (const line of lines) {
    number++
    const text = number === 1 ? withoutMark(line) : line
    if (text.trim() === "") continue
    const record = parsedLine(text, number)
    const row = rowOf(record, findColumns(Object.keys(record), columns))
    if (row !== undefined) yield row
  }
}

async function* addresses(lines: AsyncIterable<string>): AsyncGenerator<Row> {
  for await (const line of lines) {
    const source = withoutMark(line).trim()
    if (source !== "" && !source.startsWith("#")) yield { source, caption: undefined, extra: {} }
  }
}

/** Rows of a Parquet file that are in memory at a time. */
const parquetRows = 10_000

/** A file whose parts are read when they are asked for, from the file system of here and now. */
const bufferOf = (file: string) =>
  Effect.map(keepingStorage, (keeping) => async (): Promise<AsyncBuffer> => {
    const inFile = <A>(use: (source: ByteSource) => Effect.Effect<A, FileError>) =>
      Effect.runPromise(keeping(Effect.scoped(Effect.flatMap(storedSource(file), use))))
    const byteLength = await inFile(({ size }) => Effect.succeed(size))
    const slice = async (start: number, end = byteLength) =>
      (await inFile(({ read }) => fromTaskEither(read(start, end - start)))).buffer
    return { byteLength, slice }
  })

async function* parquet(open: () => Promise<AsyncBuffer>, columns: Columns): AsyncGenerator<Row> {
  const buffer = await open()
  const metadata = await parquetMetadataAsync(buffer)
  const found = findColumns(
    parquetSchema(metadata).children.map(({ element }) => element.name),
    columns,
  )
  const count = Number(metadata.num_rows)
  for (let rowStart = 0; rowStart < count; rowStart += parquetRows) {
    const rowEnd = Math.min(count, rowStart + parquetRows)
    const records = await parquetReadObjects({ file: buffer, metadata, rowStart, rowEnd, compressors })
    for (const record of records) {
      const row = rowOf(record, found)
      if (row !== undefined) yield row
    }
  }
}

/**
 * The rows of a list of addresses, by its ending: TSV, CSV, JSON lines, plain addresses, Parquet. A header names the columns; one of
 * addresses and one of captions are found by their usual names or named. Memory does not grow with the list. Rejects where
 * the list is of no such kind or damaged.
 */
export const readList = Effect.fnUntraced(function* (
  file: string,
  columns: Columns = {},
): Effect.fn.Return<AsyncIterable<Row>> {
  const name = file.replace(/\.gz$/i, "").toLowerCase()
  if (name.endsWith(".parquet")) return parquet(yield* bufferOf(file), columns)
  const text = yield* textOf(file)
  if (name.endsWith(".tsv")) return delimited(tsvRows(text), columns)
  if (name.endsWith(".csv")) return delimited(csvRows(text), columns)
  return name.endsWith(".jsonl") || name.endsWith(".ndjson")
    ? jsonLines(linesOf(text), columns)
    : addresses(linesOf(text))
})
