import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"

/** Splits text into rows of fields: commas between fields, quotes around those that hold commas, quotes or line ends. */
const rowsIn = (text: string): { readonly rows: readonly (readonly string[])[]; readonly open: boolean } => {
  const rows: string[][] = []
  let [row, field, quoted]: [string[], string, boolean] = [[], "", false]
  const endField = () => {
    row.push(field)
    field = ""
  }
  const endRow = () => {
    endField()
    rows.push(row)
    row = []
  }
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (quoted && c === '"' && text[i + 1] === '"') {
      field += c
      i++
    } else if (c === '"' && (quoted || field === "")) quoted = !quoted
    else if (!quoted && c === ",") endField()
    else if (!quoted && c === "\n") endRow()
    else if (quoted || c !== "\r") field += c
  }
  if (field !== "" || row.length > 0) endRow()
  return { rows, open: quoted }
}

/** Rows of a CSV file (RFC 4180); a byte-order mark and empty rows are passed over. Left: what is wrong with it. */
export const parseCsv = (text: string): Either<string, readonly (readonly string[])[]> => {
  const { rows, open } = rowsIn(text.replace(/^\uFEFF/, ""))
  return open
    ? E.left("a quoted field is never closed")
    : E.right(rows.filter((row) => row.some((field) => field.trim() !== "")))
}

const quoted = (field: string): string => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)

/** A CSV file with the line ends that Python's `csv` module writes. */
export const csvText = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => `${row.map(quoted).join(",")}\r\n`).join("")
