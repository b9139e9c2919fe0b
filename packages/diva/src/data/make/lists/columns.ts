import type { Row } from "../row.ts"

/** Names of the columns that hold a picture's address and its caption; found by themselves where they are left out. */
export interface Columns {
  readonly url?: string
  readonly caption?: string
}

const urlNames = ["url", "image_url", "url_link", "image"] as const
const captionNames = ["caption", "text", "alt_text", "title", "description"] as const

const isUrl = (text: string | undefined): boolean => /^https?:\/\//i.test(text ?? "")

const nameAmong = (
  wanted: string | undefined,
  usual: readonly string[],
  names: readonly string[],
): string | undefined =>
  wanted === undefined
    ? usual.map((name) => names.find((one) => one.toLowerCase() === name)).find((name) => name !== undefined)
    : names.find((name) => name === wanted)

const absent = (what: string, wanted: string | undefined, names: readonly string[]): Error =>
  new Error(
    `it has no column ${wanted === undefined ? `of ${what}s` : JSON.stringify(wanted)}; its columns are ${names.join(", ")}. ` +
      `Name the one you mean with --${what}-column`,
  )

/** Which columns of a table are address and caption. Throws where there is none of addresses, or not the one that is named. */
export const findColumns = (
  names: readonly string[],
  { url, caption }: Columns,
): { url: string; caption: string | undefined } => {
  const urlName = nameAmong(url, urlNames, names)
  if (urlName === undefined) throw absent("url", url, names)
  const captionName = nameAmong(caption, captionNames, names)
  if (captionName === undefined && caption !== undefined) throw absent("caption", caption, names)
  return { url: urlName, caption: captionName }
}

/**
 * The names of a delimited file's columns. Conceptual Captions has no header but captions and addresses: a first row that holds an
 * address is data.
 */
export const headerOf = (first: readonly string[]): readonly string[] | undefined => {
  const address = first.findIndex(isUrl)
  if (address < 0) return undefined
  return first.map((_, i) => {
    if (i === address) return "url"
    return i === (address === 0 ? 1 : 0) ? "caption" : `column_${i}`
  })
}

const textual = (value: unknown): string | undefined => {
  if (value === null || value === undefined || value === "") return undefined
  return typeof value === "string" ? value : String(value)
}

// Parquet holds whole numbers as big ones; shards hold JSON.
const plain = (value: unknown): unknown => (typeof value === "bigint" ? Number(value) : value)

/** A record as a row; undefined where it has no address. */
export const rowOf = (
  record: Readonly<Record<string, unknown>>,
  { url, caption }: { readonly url: string; readonly caption: string | undefined },
): Row | undefined => {
  const source = textual(record[url])?.trim()
  if (source === undefined || source === "") return undefined
  const extra = Object.entries(record).filter(([name]) => name !== url && name !== caption)
  return {
    source,
    caption: caption === undefined ? undefined : textual(record[caption]),
    extra: Object.fromEntries(extra.map(([name, value]) => [name, plain(value)])),
  }
}
