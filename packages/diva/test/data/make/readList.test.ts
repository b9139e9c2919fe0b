import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { gzipSync } from "node:zlib"
import { Effect } from "effect"
import * as fc from "fast-check"
import { parquetWriteBuffer } from "hyparquet-writer"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Columns, type ListRow, readList } from "../../../src/data/index.ts"
import { csvRows } from "../../../src/data/make/lists/delimited.ts"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lists-"))
})
afterAll(() => rm(folder, { recursive: true }))

const rowsIn = async (
  name: string,
  content: string | Uint8Array,
  columns: Columns = {},
): Promise<readonly ListRow[]> => {
  const file = path.join(folder, name)
  await writeFile(file, content)
  const rows: ListRow[] = []
  for await (const row of await Effect.runPromise(readList(file, columns))) rows.push(row)
  return rows
}
const wanted = [
  { source: "https://a.org/1.jpg", caption: "a cat", extra: {} },
  { source: "https://a.org/2.jpg", caption: 'a "big" dog, black', extra: {} },
]

describe("lists of addresses", () => {
  test.each<[string, string]>([
    ["headed.tsv", 'caption\turl\na cat\thttps://a.org/1.jpg\na "big" dog, black\thttps://a.org/2.jpg\n'],
    ["cc3m.tsv", 'a cat\thttps://a.org/1.jpg\na "big" dog, black\thttps://a.org/2.jpg'],
    ["windows.csv", '\uFEFFURL,TEXT\r\nhttps://a.org/1.jpg,a cat\r\nhttps://a.org/2.jpg,"a ""big"" dog, black"\r\n'],
    ["lines.jsonl", wanted.map(({ source, caption }) => JSON.stringify({ url: source, caption })).join("\n")],
  ])("%s", async (name, content) => {
    expect(await rowsIn(name, content)).toEqual(wanted)
    expect(await rowsIn(`${name}.gz`, gzipSync(content))).toEqual(wanted)
  })

  test("plain addresses, blank lines and remarks", async () => {
    expect(await rowsIn("plain.txt", "# mine\n\nhttps://a.org/1.jpg\r\n")).toEqual([
      { source: "https://a.org/1.jpg", caption: undefined, extra: {} },
    ])
  })

  test("Parquet, with further columns", async () => {
    const columnData = [
      { name: "url", data: wanted.map(({ source }) => source), type: "STRING" as const },
      { name: "caption", data: wanted.map(({ caption }) => caption), type: "STRING" as const },
      { name: "id", data: [7n, 8n], type: "INT64" as const },
    ]
    const rows = await rowsIn("list.parquet", new Uint8Array(parquetWriteBuffer({ columnData })))
    expect(rows).toEqual(wanted.map((row, i) => ({ ...row, extra: { id: 7 + i } })))
  })

  test("columns are named where they have unusual names; rows without an address are none", async () => {
    const content = "where,what\nhttps://a.org/1.jpg,a cat\n,nothing\n"
    expect(await rowsIn("odd.csv", content, { url: "where", caption: "what" })).toEqual(wanted.slice(0, 1))
    await expect(rowsIn("odd.csv", content)).rejects.toThrow("--url-column")
    await expect(rowsIn("odd.csv", content, { url: "wher" })).rejects.toThrow("its columns are where, what")
  })

  test.each([
    ["broken.jsonl", '{"url":"https://a.org/1.jpg"}\n{"url":', "line 2 is not JSON"],
    ["open.csv", 'url,caption\nhttps://a.org/1.jpg,"never closed', "quotation mark"],
  ])("%s says what is wrong", async (name, content, message) => {
    await expect(rowsIn(name, content)).rejects.toThrow(message)
  })

  test("CSV is what was written, however it comes in pieces", async () => {
    const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r", " ", "é"), maxLength: 6 })
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 4 }), fc.nat(7), async (rows, cut) => {
        const text = rows.map((row) => row.map(quoted).join(",")).join("\n")
        const pieces = text.match(new RegExp(`.{1,${cut + 1}}`, "gsu")) ?? []
        const read: (readonly string[])[] = []
        for await (const row of csvRows(
          (async function* () {
            yield* pieces
          })(),
        ))
          read.push(row)
        expect(read).toEqual(rows)
      }),
    )
  })
})
