import { existsSync } from "node:fs"
import * as path from "node:path"
import { Tokenizer as FileTokenizer } from "@huggingface/tokenizers"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import { siglipClean } from "./cleanText.ts"
import { readJson } from "./clipVocabulary.ts"
import { frameIds, type Tokenizer } from "./tokenizer.ts"
import { type TokenizeError, vocabularyInvalid } from "./tokenizeError.ts"

export interface SiglipTokenizerOptions {
  /** Ids in a row: 16 for the 224-pixel model, 64 for the 384-pixel one. */
  readonly context: number
}

const endWord = "</s>"

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** A tokenizer over the parsed contents of `tokenizer.json` and `tokenizer_config.json`. Errors: `VocabularyInvalid`. */
export const siglipTokenizer = (
  definition: unknown,
  config: unknown,
  { context }: SiglipTokenizerOptions,
  file = "tokenizer.json",
): Either<TokenizeError, Tokenizer> =>
  pipe(
    E.tryCatch(
      () => new FileTokenizer(isRecord(definition) ? definition : {}, isRecord(config) ? config : {}),
      (cause) => vocabularyInvalid(file, cause instanceof Error ? cause.message : String(cause)),
    ),
    E.bindTo("tokenizer"),
    E.bind("end", ({ tokenizer }) =>
      E.fromNullable(vocabularyInvalid(file, `it has no ${endWord}: it is not SigLIP's`))(
        tokenizer.token_to_id(endWord),
      ),
    ),
    E.map(({ tokenizer, end }) => {
      const encode = (text: string) => tokenizer.encode(siglipClean(text), { add_special_tokens: false }).ids
      const frame = { context, start: [], end, pad: end, overlong: "cut" } as const
      return {
        context,
        encode,
        decode: (ids) => tokenizer.decode([...ids], { skip_special_tokens: true }),
        row: (text) => frameIds(frame, text, encode(text)),
      }
    }),
  )

/**
 * SigLIP's tokenizer (T5's sentence pieces, C4 English, 32,000) from the `tokenizer.json` that ships with the weights:
 * texts are stripped of punctuation and lower-cased, ended and padded with `</s>`, and cut to the context.
 * Source: open_clip tokenizer.py `HFTokenizer` with clean="canonicalize" (2.24). Errors: `VocabularyInvalid`.
 */
export const readSiglipTokenizer = (
  folder: string,
  options: SiglipTokenizerOptions,
): TaskEither<TokenizeError, Tokenizer> => {
  const file = path.join(folder, "tokenizer.json")
  const configFile = path.join(folder, "tokenizer_config.json")
  return pipe(
    TE.Do,
    TE.bind("definition", () => readJson(file)),
    TE.bind("config", () => (existsSync(configFile) ? readJson(configFile) : TE.right({}))),
    TE.chainEitherK(({ definition, config }) => siglipTokenizer(definition, config, options, file)),
  )
}
