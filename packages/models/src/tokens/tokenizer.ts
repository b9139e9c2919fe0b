import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { type TokenizeError, textTooLong } from "./tokenizeError.ts"

/** Texts to ids and back. */
export interface Tokenizer {
  /** Ids in a row. */
  readonly context: number
  /** The ids of a text alone: no start, end or padding. */
  readonly encode: (text: string) => readonly number[]
  readonly decode: (ids: readonly number[]) => string
  /** A row of `context` ids: start, text, end, padding. Errors: `TextTooLong` where texts are not cut. */
  readonly row: (text: string) => Either<TokenizeError, Int32Array<ArrayBuffer>>
}

/** How a row is framed. */
export interface Frame {
  readonly context: number
  readonly start: readonly number[]
  readonly end: number
  readonly pad: number
  /** What to do with a text that does not fit: fail, or keep its first ids with the end in the last place. */
  readonly overlong: "refuse" | "cut"
}

/** Puts ids into a row. Errors: `TextTooLong`. */
export const frameIds = (
  { context, start, end, pad, overlong }: Frame,
  text: string,
  ids: readonly number[],
): Either<TokenizeError, Int32Array<ArrayBuffer>> => {
  const needed = start.length + ids.length + 1
  if (needed > context && overlong === "refuse") return E.left(textTooLong(text, needed, context))
  const row = new Int32Array(context).fill(pad)
  const kept = [...start, ...ids].slice(0, context - 1)
  row.set([...kept, end])
  return E.right(row)
}

/** Rows of several texts, [texts, context], one after the other. Errors: `TextTooLong` of the first that does not fit. */
export const tokenRows = (
  tokenizer: Tokenizer,
  texts: readonly string[],
): Either<TokenizeError, Int32Array<ArrayBuffer>> => {
  const rows = new Int32Array(texts.length * tokenizer.context)
  for (const [i, text] of texts.entries()) {
    const row = tokenizer.row(text)
    if (E.isLeft(row)) return row
    rows.set(row.right, i * tokenizer.context)
  }
  return E.right(rows)
}
