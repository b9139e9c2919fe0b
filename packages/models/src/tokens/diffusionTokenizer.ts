import { existsSync } from "node:fs"
import * as path from "node:path"
import { pipe } from "fp-ts/lib/function.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import { clipTokenizer, type ClipTokenizerOptions, type ClipTokenStyle } from "./clipTokenizer.ts"
import { readClipVocabulary, readJson } from "./clipVocabulary.ts"
import type { Tokenizer } from "./tokenizer.ts"
import type { TokenizeError } from "./tokenizeError.ts"

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** "!", or { "content": "!" } as most files have it. */
const contentOf = (token: unknown): unknown => (isRecord(token) ? token["content"] : token)

const padOf = (file: unknown): unknown => (isRecord(file) ? contentOf(file["pad_token"]) : undefined)

const readIfPresent = (file: string): TaskEither<TokenizeError, unknown> =>
  existsSync(file) ? readJson(file) : TE.right(undefined)

/** Stable Diffusion 2 pads with "!"; 1 with the end token, which is also what transformers does where nothing is said. */
const styleOf = (pad: unknown): ClipTokenStyle => (pad === "!" ? "sd2" : "sd1")

/**
 * The tokenizer in the `tokenizer` folder of a Stable Diffusion: its vocabulary, and the padding that its
 * `special_tokens_map.json` or `tokenizer_config.json` asks for.  Errors: `VocabularyInvalid`.
 */
export const readDiffusionTokenizer = (
  folder: string,
  options: ClipTokenizerOptions = {},
): TaskEither<TokenizeError, Tokenizer> =>
  pipe(
    TE.Do,
    TE.bind("pairs", () => readClipVocabulary(folder)),
    TE.bind("special", () => readIfPresent(path.join(folder, "special_tokens_map.json"))),
    TE.bind("config", () => readIfPresent(path.join(folder, "tokenizer_config.json"))),
    TE.map(({ pairs, special, config }) => clipTokenizer(pairs, styleOf(padOf(special) ?? padOf(config)), options)),
  )
