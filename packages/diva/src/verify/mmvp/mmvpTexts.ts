import {
  clipTokenizer,
  openaiVocabulary,
  readSiglipTokenizer,
  tokenRows,
  type TokenizeError,
  type Tokenizer,
} from "@diva/models"
import { isThere } from "../../files/presence.ts"
import { storage } from "../../files/storage.ts"
import { fromEither, fromTaskEither } from "../../fromEither.ts"
import type { HostArray } from "@diva/tensor"
import { Effect } from "effect"
import { isNumbers, isObject } from "../documentFields.ts"
import type { Arrays } from "../caseTensors.ts"
import type { CaseInvalid } from "../caseError.ts"
import { caseInvalid, tensorsOf, type MmvpCase } from "./mmvpCase.ts"

const clipVocabulary = 49_408

const isIds = (name: string): boolean => /(^|_)(ids|tokens|tokenized)(_|$)/.test(name) && !name.startsWith("image")

/** Ids that a case stores as one tensor, [questions, context], in the order of the questions. */
const storedTable = (arrays: Arrays, rows: number, context: number): HostArray | undefined =>
  Object.entries(arrays).find(
    ([name, { shape, dtype }]) => isIds(name) && dtype === "i32" && shape[0] === rows && shape[1] === context,
  )?.[1]

/** Ids that a case stores for each question, in a tensor or a list that ends in its number. */
const storedRows = (
  named: ReadonlyMap<string, ArrayLike<number>>,
  questions: readonly string[],
  context: number,
): Int32Array<ArrayBuffer> | undefined => {
  const byId = new Map([...named].map(([name, ids]) => [/(\d+)$/.exec(name)?.[1] ?? "", ids]))
  const rows = questions.map((id) => byId.get(id))
  return rows.every((row) => row !== undefined && row.length === context)
    ? Int32Array.from(rows.flatMap((row) => [...(row as number[])]))
    : undefined
}

/** Lists of ids under names of questions anywhere in a document's own fields. */
const listsIn = (document: object): ReadonlyMap<string, readonly number[]> =>
  new Map(
    Object.entries(document)
      .filter(([name, value]) => isIds(name) && isObject(value))
      .flatMap(([, value]) => Object.entries(value as object))
      .filter((entry): entry is [string, readonly number[]] => isNumbers(entry[1])),
  )

/** Where a case brings a tokenizer of its own. */
const tokenizerFolder = Effect.fnUntraced(function* (folder: string) {
  const { path } = yield* storage
  for (const each of [folder, path.join(folder, "tokenizer")])
    if (yield* isThere(path.join(each, "tokenizer.json"))) return each
  return undefined
})

const tokenizerOf = Effect.fnUntraced(function* ({
  flavour,
  config: { family, text },
  found,
}: MmvpCase): Effect.fn.Return<Tokenizer, TokenizeError | CaseInvalid> {
  const { context } = text
  const own = family === "timm" ? yield* tokenizerFolder(found.folder) : undefined
  if (own !== undefined) return yield* fromTaskEither(readSiglipTokenizer(own, { context }))
  if (text.vocabulary < clipVocabulary)
    return yield* caseInvalid(
      found.file,
      "holds neither the token ids of its texts nor a tokenizer for so small a vocabulary",
    )
  const style = flavour === "openai" ? "openai" : "openclip"
  return clipTokenizer(yield* fromTaskEither(openaiVocabulary), style, { context })
})

const prompt = "a photo of "

/** Ids of every question's text, i32 [questions, context]: stored ones, or by the flavour's tokenizer. */
export const textIds = Effect.fn("textIds")(function* (read: MmvpCase) {
  const { found, flavour, data, config } = read
  const { context } = config.text
  const questions = data.pairs.flatMap((pair) => pair.questions)
  const ids = questions.map(({ id }) => id)
  const shape = [questions.length, context]
  const stored = yield* tensorsOf(found, `features_${flavour}.safetensors`)
  const table = storedTable(stored, questions.length, context)
  if (table !== undefined) return table
  const named = new Map<string, ArrayLike<number>>([
    ...Object.entries(stored)
      .filter(([name, { dtype }]) => isIds(name) && dtype === "i32")
      .map(([name, { data: values }]) => [name, values] as const),
    ...listsIn(found.document),
  ])
  const rows = storedRows(named, ids, context)
  const tokens =
    rows ??
    (yield* fromEither(
      tokenRows(
        yield* tokenizerOf(read),
        questions.map(({ statement }) => `${prompt}${statement}`),
      ),
    ))
  const array: HostArray = { shape, dtype: "i32", data: tokens }
  return array
})
