import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  readSiglipTokenizer,
  renderTokenizeError,
  siglipTokenizer,
  type TokenizeError,
} from "../../src/tokens/index.ts"

/** A T5 tokenizer in small: sentence pieces with scores, as SigLIP's file has 32,000 of. */
const pieces: readonly (readonly [string, number])[] = [
  ["<pad>", 0],
  ["</s>", 0],
  ["<unk>", -10],
  ["▁", -4],
  ["▁a", -2],
  ["▁photo", -3],
  ["▁of", -2.5],
  ["▁cat", -3],
  ["s", -3.5],
  ["c", -6],
  ["a", -6],
  ["t", -6],
  ["▁cats", -9],
]

const special = (id: number, content: string) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
})

const definition = {
  version: "1.0",
  added_tokens: [special(0, "<pad>"), special(1, "</s>"), special(2, "<unk>")],
  normalizer: null,
  pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", add_prefix_space: true },
  post_processor: {
    type: "TemplateProcessing",
    single: [{ Sequence: { id: "A", type_id: 0 } }, { SpecialToken: { id: "</s>", type_id: 0 } }],
    pair: [],
    special_tokens: { "</s>": { id: "</s>", ids: [1], tokens: ["</s>"] } },
  },
  decoder: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", add_prefix_space: true },
  model: { type: "Unigram", unk_id: 2, vocab: pieces },
}
const config = { eos_token: "</s>", pad_token: "</s>", unk_token: "<unk>", tokenizer_class: "T5Tokenizer" }

const right = <A>(either: E.Either<TokenizeError, A>): A => {
  if (E.isLeft(either)) throw new Error(renderTokenizeError(either.left))
  return either.right
}

describe("a small T5 tokenizer", () => {
  const tokenizer = right(siglipTokenizer(definition, config, { context: 8 }))

  test("texts lose case and punctuation, then become the likeliest pieces", () => {
    expect(tokenizer.encode("A photo_of: a CATS!?")).toEqual([4, 5, 6, 4, 7, 8])
    expect(tokenizer.encode("  a \n photo &amp; of ")).toEqual([4, 5, 6])
  })

  test("rows end in </s> and are padded with it", () => {
    expect(Array.from(right(tokenizer.row("a photo")))).toEqual([4, 5, 1, 1, 1, 1, 1, 1])
    expect(Array.from(right(tokenizer.row("")))).toEqual(new Array<number>(8).fill(1))
  })

  test("an overlong text is cut and still ends in </s>", () => {
    expect(Array.from(right(tokenizer.row("a ".repeat(20))))).toEqual([4, 4, 4, 4, 4, 4, 4, 1])
  })

  test("ids decode to text", () => {
    expect(tokenizer.decode([4, 5, 6, 4, 7, 1])).toBe("a photo of a cat")
  })
})

interface StoredRow {
  readonly text: string
  readonly ids: readonly number[]
  readonly row: readonly number[]
}

const stored = JSON.parse(
  await readFile(path.join(import.meta.dirname, "../golden/siglip_tokens/cases.json"), "utf8"),
) as {
  readonly context: number
  readonly pieces: readonly (readonly [string, number])[]
  readonly rows: readonly StoredRow[]
}

describe("a trained model of sentence pieces, in the two layouts of T5's file", () => {
  const metaspace = definition.pre_tokenizer
  test.each([
    ["pieces of whole texts", metaspace],
    ["words first", { type: "Sequence", pretokenizers: [{ type: "WhitespaceSplit" }, metaspace] }],
  ])("%s: the ids are sentencepiece's", (_, preTokenizer) => {
    const model = { type: "Unigram", unk_id: 2, vocab: stored.pieces }
    const trained = { ...definition, pre_tokenizer: preTokenizer, model }
    const tokenizer = right(siglipTokenizer(trained, config, { context: stored.context }))
    expect(stored.rows.length).toBeGreaterThan(70)
    for (const { text, ids, row } of stored.rows) {
      expect({ text, ids: tokenizer.encode(text) }).toEqual({ text, ids })
      expect({ text, row: Array.from(right(tokenizer.row(text))) }).toEqual({ text, row })
    }
  })
})

describe("reading it from a folder", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "siglip-"))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test("tokenizer.json alone is enough", async () => {
    await writeFile(path.join(folder, "tokenizer.json"), JSON.stringify(definition))
    const tokenizer = right(await readSiglipTokenizer(folder, { context: 16 })())
    expect(Array.from(right(tokenizer.row("a cat"))).slice(0, 4)).toEqual([4, 7, 1, 1])
  })

  test.each([
    ["{}", "VocabularyInvalid"],
    ["nonsense", "VocabularyInvalid"],
  ])("%j is refused", async (text, tag) => {
    const own = await mkdtemp(path.join(folder, "bad-"))
    await writeFile(path.join(own, "tokenizer.json"), text)
    expect(await readSiglipTokenizer(own, { context: 16 })()).toMatchObject({ left: { _tag: tag } })
  })

  test("a folder without one says so", async () => {
    expect(await readSiglipTokenizer(path.join(folder, "nowhere"), { context: 16 })()).toMatchObject({
      left: { _tag: "VocabularyInvalid", file: path.join(folder, "nowhere", "tokenizer.json") },
    })
  })
})
