import { clipTokenizer, openaiVocabulary, type ClipTokenStyle, type Tokenizer } from "@diva/models"
import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { fromTaskEither } from "../../fromEither.ts"
import { CaseInvalid } from "../caseError.ts"
import { isNumbers, isObject, recordIn } from "../documentFields.ts"
import { exactly, groupOf } from "../exact.ts"
import type { Document } from "../findCases.ts"
import type { TensorResult } from "../group.ts"
import type { ReadableCase, SupportedKind } from "../kind.ts"

type Tokenizers = Readonly<Record<ClipTokenStyle, Tokenizer>>

const sameIds = (got: ArrayLike<number>, want: readonly number[]): boolean =>
  got.length === want.length && want.every((id, i) => got[i] === id)

/** A row whose ids after those listed are all the padding. */
const sameRow = (tokenizer: Tokenizer, text: string, want: readonly number[], pad: number): boolean => {
  const row = tokenizer.row(text)
  return (
    E.isRight(row) &&
    want.length <= row.right.length &&
    sameIds(row.right.subarray(0, want.length), want) &&
    row.right.subarray(want.length).every((id) => id === pad)
  )
}

const idsIn = (row: Document, field: string): readonly number[] | undefined =>
  isNumbers(row[field]) ? row[field] : undefined

/** "same as clip_tokenize_truncate" instead of a list. */
const diffusionIds = (row: Document): readonly number[] | undefined =>
  idsIn(row, "sd2_ids_up_to_eos") ??
  (typeof row["sd2_ids_up_to_eos"] === "string" ? idsIn(row, "clip_tokenize_truncate") : undefined)

const endOf = (want: readonly number[]): number => want.at(-1) ?? 0

const compareRow = (
  row: Document,
  { openai, openclip, sd1, sd2 }: Tokenizers,
  strict: Tokenizer,
): readonly TensorResult[] => {
  const text = String(row["text"])
  const [alone, cut, diffusion] = [
    idsIn(row, "bpe_ids_no_special"),
    idsIn(row, "clip_tokenize_truncate"),
    diffusionIds(row),
  ]
  const raises = row["clip_tokenize_raises_without_truncate"]
  const result = (what: string, isRight: boolean) => exactly(`${JSON.stringify(text.slice(0, 40))} ${what}`, isRight)
  // What the styles make of special words differs, so only texts without them are held to other styles' ids.
  const isPlain = !/<|!/.test(text)
  return [
    ...(alone === undefined ? [] : [result("ids", sameIds(openai.encode(text), alone))]),
    ...(alone === undefined || typeof row["decode"] !== "string"
      ? []
      : [result("decoded", openai.decode(alone) === row["decode"])]),
    ...(cut === undefined ? [] : [result("OpenAI row", sameRow(openai, text, cut, 0))]),
    ...(cut === undefined || !isPlain ? [] : [result("OpenCLIP row", sameRow(openclip, text, cut, 0))]),
    ...(diffusion === undefined ? [] : [result("SD-2 row", sameRow(sd2, text, diffusion, 0))]),
    ...(diffusion === undefined || !isPlain
      ? []
      : [result("SD-1 row", sameRow(sd1, text, diffusion, endOf(diffusion)))]),
    ...(typeof raises === "boolean" ? [result("refused when too long", E.isLeft(strict.row(text)) === raises)] : []),
  ]
}

const comparePrompt = (document: Document, { sd2 }: Tokenizers): readonly TensorResult[] => {
  const prompt = recordIn(document, "diva_sd_prompt") ?? {}
  const ids = idsIn(prompt, "ids")
  return ids === undefined ? [] : [exactly("the prompt DIVA gives SD-2", sameRow(sd2, String(prompt["text"]), ids, 0))]
}

const rowsIn = ({ document, file }: ReadableCase): Effect.Effect<readonly Document[], CaseInvalid> => {
  const rows = document["rows"] as readonly unknown[]
  return rows.length > 0 && rows.every((row): row is Document => isObject(row) && typeof row["text"] === "string")
    ? Effect.succeed(rows)
    : Effect.fail(new CaseInvalid({ file, rule: "a row has no text", remedy: "restore the file from its source" }))
}

/** Ids of texts by OpenAI's, OpenCLIP's and Stable Diffusion's rules. */
export const tokenizers: SupportedKind = {
  name: "tokenizers",
  accepts: (document) => Array.isArray(document["rows"]),
  run: (found) =>
    Effect.gen(function* () {
      const rows = yield* rowsIn(found)
      const pairs = yield* fromTaskEither(openaiVocabulary)
      const of = (style: ClipTokenStyle) => clipTokenizer(pairs, style, { overlong: "cut" })
      const styles = { openai: of("openai"), openclip: of("openclip"), sd1: of("sd1"), sd2: of("sd2") }
      return [
        ...groupOf(
          "rows",
          rows.flatMap((row) => compareRow(row, styles, clipTokenizer(pairs))),
        ),
        ...groupOf("prompt", comparePrompt(found.document, styles)),
      ]
    }),
}
