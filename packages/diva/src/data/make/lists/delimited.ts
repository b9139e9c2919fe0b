import { Readable } from "node:stream"
import { createGunzip } from "node:zlib"
import { textEncoding } from "@diva/models"
import { Effect, Stream } from "effect"
import { causeOf, storage } from "../../../files/storage.ts"

const unzipped = (pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> => {
  const packed = Readable.from(pieces)
  const unpacked = createGunzip()
  packed.on("error", (cause) => unpacked.destroy(cause))
  return packed.pipe(unpacked)
}

async function* decodedText(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: InstanceType<typeof TextDecoder> | undefined
  for await (const piece of pieces) {
    decoder ??= new TextDecoder(textEncoding(piece))
    yield decoder.decode(piece, { stream: true })
  }
  yield decoder?.decode() ?? ""
}

/**
 * A file's text piece by piece, unpacked where its name ends in .gz; UTF-8, or UTF-16 behind its mark. A byte-order mark is left out.
 * Rejects with what the system says where the file cannot be read.
 */
export const textOf = (file: string): Effect.Effect<AsyncIterable<string>> =>
  Effect.map(storage, ({ files }) => {
    const pieces = Stream.toAsyncIterable(Stream.mapError(files.stream(file), causeOf))
    return decodedText(file.endsWith(".gz") ? unzipped(pieces) : pieces)
  })

/** Lines without their ends; LF and CRLF. */
export async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ""
  for await (const piece of pieces) {
    const lines = (rest + piece).split("\n")
    rest = lines.pop()!
    for (const line of lines) yield line.endsWith("\r") ? line.slice(0, -1) : line
  }
  if (rest !== "") yield rest.endsWith("\r") ? rest.slice(0, -1) : rest
}

/** A field longer than this is an unclosed quotation mark, not a caption. */
const longestField = 1 << 20

/**
 * Rows of a CSV file: fields between commas, quoted where they hold commas, line breaks or (doubled) quotation marks.
 * Source: RFC 4180. Rejects where a quotation mark is not closed within a mebibyte.
 */
export async function* csvRows(pieces: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  let row: string[] = []
  let field = ""
  let inQuotes = false
  let afterQuote = false
  let afterReturn = false
  const endField = (): void => {
    row.push(field)
    field = ""
    afterQuote = false
  }
  for await (const piece of pieces)
    for (const character of piece) {
      // A carriage return outside quotes ends the line with the line feed after it, and is content before anything else.
      if (afterReturn && character !== "\n") field += "\r"
      afterReturn = !inQuotes && character === "\r"
      if (afterReturn) continue
      if (inQuotes && character !== '"') {
        field += character
        if (field.length > longestField) throw new Error("a quotation mark is not closed")
      } else if (inQuotes) {
        inQuotes = false
        afterQuote = true
      } else if (character === '"' && (afterQuote || field === "")) {
        // A doubled mark inside quotes closes and opens them, and stands for itself.
        if (afterQuote) field += '"'
        inQuotes = true
        afterQuote = false
      } else if (character === ",") endField()
      else if (character === "\n") {
        endField()
        if (row.length > 1 || row[0] !== "") yield row
        row = []
      } else field += character
    }
  if (inQuotes) throw new Error("a quotation mark is not closed")
  if (field !== "" || row.length > 0) {
    endField()
    yield row
  }
}

/** Rows of a TSV file, in which quotation marks mean nothing, as in Conceptual Captions. */
export async function* tsvRows(pieces: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  for await (const line of linesOf(pieces)) if (line !== "") yield line.split("\t")
}
