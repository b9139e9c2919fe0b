import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import * as fc from "fast-check"
import * as E from "fp-ts/lib/Either.js"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  type BytePairs,
  clipTokenizer,
  openaiVocabulary,
  readClipVocabulary,
  readDiffusionTokenizer,
  renderTokenizeError,
  type TokenizeError,
  tokenRows,
} from "../../src/tokens/index.ts"

interface GoldenRow {
  readonly text: string
  readonly bpe_ids_no_special: readonly number[]
  readonly decode: string
  readonly clip_tokenize_truncate: readonly number[]
  readonly clip_tokenize_raises_without_truncate: boolean
  readonly sd2_ids_up_to_eos: readonly number[] | string
}

const golden = JSON.parse(
  await readFile(path.join(import.meta.dirname, "../golden/07_tokenizer/tokens.json"), "utf8"),
) as { readonly rows: readonly GoldenRow[]; readonly diva_sd_prompt: { readonly text: string; readonly ids: number[] } }

const right = <A>(either: E.Either<TokenizeError, A>): A => {
  if (E.isLeft(either)) throw new Error(renderTokenizeError(either.left))
  return either.right
}

const [start, end, bang] = [49_406, 49_407, 0]
const padded = (ids: readonly number[], pad = 0): number[] => [...ids, ...new Array<number>(77 - ids.length).fill(pad)]

let pairs: BytePairs
beforeAll(async () => {
  pairs = right(await openaiVocabulary())
})

const rowOf = (style: "openai" | "openclip" | "sd1" | "sd2", text: string): number[] =>
  Array.from(right(clipTokenizer(pairs, style, { overlong: "cut" }).row(text)))
const textIds = (style: "openai" | "openclip" | "sd1" | "sd2", text: string): readonly number[] =>
  clipTokenizer(pairs, style).encode(text)

describe("the reference's rows", () => {
  test.each(golden.rows)("$text", (row) => {
    const tokenizer = clipTokenizer(pairs)
    expect(tokenizer.encode(row.text)).toEqual(row.bpe_ids_no_special)
    expect(tokenizer.decode(row.bpe_ids_no_special)).toBe(row.decode)
    expect(rowOf("openai", row.text)).toEqual(padded(row.clip_tokenize_truncate))
    expect(rowOf("openclip", row.text)).toEqual(padded(row.clip_tokenize_truncate))
    expect(E.isLeft(tokenizer.row(row.text))).toBe(row.clip_tokenize_raises_without_truncate)
    const diffusion = Array.isArray(row.sd2_ids_up_to_eos) ? row.sd2_ids_up_to_eos : row.clip_tokenize_truncate
    expect(rowOf("sd2", row.text)).toEqual(padded(diffusion))
    expect(rowOf("sd1", row.text)).toEqual(padded(diffusion, end))
  })

  test("the one prompt DIVA gives Stable Diffusion", () => {
    expect(rowOf("sd2", golden.diva_sd_prompt.text)).toEqual(golden.diva_sd_prompt.ids)
  })
})

describe("where the styles differ", () => {
  test('"!" is SD-2\'s padding, so it is a word of its own there', () => {
    expect(textIds("sd2", "CAT!!!")).toEqual([2368, bang, bang, bang])
    expect(textIds("openai", "CAT!!!")).toEqual([2368, 995])
    expect(textIds("sd1", "CAT!!!")).toEqual([2368, 995])
  })

  test("each style has its own literal start and end words", () => {
    expect(textIds("openai", "a<|endoftext|>b")).toEqual([320, end, 321])
    expect(textIds("openclip", "<|endoftext|>")).not.toContain(end)
    expect(textIds("openclip", "<start_of_text> cat <end_of_text>")).toEqual([start, 2368, end])
    expect(textIds("openai", "<end_of_text>")).not.toContain(end)
  })

  test("an overlong text is refused with what it needs, or cut with the end last", () => {
    const text = "cat ".repeat(80)
    expect(clipTokenizer(pairs).row(text)).toMatchObject({ left: { _tag: "TextTooLong", needed: 82, context: 77 } })
    expect(rowOf("openclip", text)).toEqual([start, ...new Array<number>(75).fill(2368), end])
    expect(right(clipTokenizer(pairs, "openai", { context: 8 }).row("cat")).length).toBe(8)
  })

  test("rows of several texts lie one after the other", () => {
    const tokenizer = clipTokenizer(pairs)
    const rows = right(tokenRows(tokenizer, ["cat", "dog"]))
    expect(rows.length).toBe(2 * 77)
    expect(Array.from(rows.subarray(77, 80))).toEqual([start, 1929, end])
    expect(tokenRows(tokenizer, ["cat", "cat ".repeat(80)])).toMatchObject({ left: { _tag: "TextTooLong" } })
  })
})

describe("text in any state", () => {
  test.each([
    ["&amp;amp;lt;", "<"],
    ["caf&eacute; &#233; &#xE9; &#x80;", "café é é €"],
    ["&notit; &not-an-entity", "¬it; ¬-an-entity"],
    ["“curly” ‘quotes’", "\"curly\" 'quotes'"],
    ["ﬁne ﬂow", "fine flow"],
    ["ＦＵＬＬ　ｗｉｄｔｈ", "full width"],
    ["cafÃ© â€œquotedâ€\u009d donâ€™t", 'café "quoted" don\'t'],
    ["e\u0301tude", "étude"],
    ["tabs\t\r\nand\u00a0\u2003more\u0007", "tabs and more"],
    ["\ud800 lone", "\ufffd lone"],
  ])("%j reads like %j", (messy, clean) => {
    expect(textIds("openai", messy)).toEqual(textIds("openai", clean))
    expect(textIds("openai", clean).length).toBeGreaterThan(0)
  })

  test("any text becomes ids below the start token, which decode to the cleaned text without its spaces", () => {
    const tokenizer = clipTokenizer(pairs, "openclip")
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (text) => {
        const ids = tokenizer.encode(text)
        expect(ids.every((id) => Number.isInteger(id) && id >= 0 && id < start)).toBe(true)
        // Entities in what was decoded would be unescaped once more.
        fc.pre(!text.includes("&"))
        const again = tokenizer.encode(tokenizer.decode(ids))
        expect(tokenizer.decode(again).replaceAll(" ", "")).toBe(tokenizer.decode(ids).replaceAll(" ", ""))
      }),
      { numRuns: 300, seed: 7 },
    )
  })

  test("a word of a hundred thousand letters takes no longer than a page of text", () => {
    const begin = performance.now()
    expect(clipTokenizer(pairs, "openclip").encode("ab".repeat(50_000)).length).toBeGreaterThan(1000)
    expect(performance.now() - begin).toBeLessThan(10_000)
  })
})

describe("vocabularies that ship with weights", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "vocabulary-"))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const merges = (): string[] => Array.from(pairs.ranks.keys())

  test("files that Windows tools touched are read the same: byte-order marks, CRLF", async () => {
    const own = await mkdtemp(path.join(folder, "windows-"))
    await writeFile(path.join(own, "vocab.json"), `\ufeff${JSON.stringify(Object.fromEntries(pairs.ids))}\r\n`)
    await writeFile(path.join(own, "merges.txt"), `\ufeff#version: 0.2\r\n${merges().join("\r\n")}\r\n`)
    const { ids, ranks } = right(await readClipVocabulary(own)())
    expect([ids, ranks]).toEqual([pairs.ids, pairs.ranks])
  })

  test("vocab.json with merges.txt gives the same ids", async () => {
    await writeFile(path.join(folder, "vocab.json"), JSON.stringify(Object.fromEntries(pairs.ids)))
    await writeFile(path.join(folder, "merges.txt"), `#version: 0.2\n${merges().join("\n")}\n`)
    const read = right(await readClipVocabulary(folder)())
    expect(clipTokenizer(read, "sd2").encode("a photo of a .")).toEqual([320, 1125, 539, 320, 269])
    expect(read.ids.size).toBe(49_408)
  })

  test.each([
    ["special_tokens_map.json says !", { pad_token: "!" }, { pad_token: "<|endoftext|>" }, 0],
    ["special_tokens_map.json says it in an object", { pad_token: { content: "<|endoftext|>" } }, undefined, end],
    ["tokenizer_config.json alone says !", undefined, { pad_token: { content: "!" } }, 0],
    ["nothing is said", undefined, undefined, end],
  ])("a diffusion model's folder pads as it says: %s", async (_, special, config, pad) => {
    const own = await mkdtemp(path.join(folder, "sd-"))
    const files = { "special_tokens_map.json": special, "tokenizer_config.json": config }
    for (const [name, content] of Object.entries(files))
      if (content !== undefined) await writeFile(path.join(own, name), JSON.stringify(content))
    await writeFile(path.join(own, "vocab.json"), JSON.stringify(Object.fromEntries(pairs.ids)))
    await writeFile(path.join(own, "merges.txt"), `#version: 0.2\n${merges().join("\n")}\n`)
    const row = right(right(await readDiffusionTokenizer(own)()).row("a photo of a ."))
    expect([...row]).toEqual([start, 320, 1125, 539, 320, 269, end, ...new Array<number>(70).fill(pad)])
  })

  test("tokenizer.json gives the same ids, with merges as text or as pairs", async () => {
    for (const form of [merges(), merges().map((pair) => pair.split(" "))]) {
      const own = await mkdtemp(path.join(folder, "json-"))
      await writeFile(
        path.join(own, "tokenizer.json"),
        JSON.stringify({ model: { type: "BPE", vocab: Object.fromEntries(pairs.ids), merges: form } }),
      )
      expect(clipTokenizer(right(await readClipVocabulary(own)())).encode("Isn't it?")).toEqual([2923, 713, 585, 286])
    }
  })

  test.each([
    ["vocab.json", "{", "not JSON"],
    ["vocab.json", '{"a": 1}', "lacks <|startoftext|>"],
    ["vocab.json", '{"a": "b"}', "no vocabulary"],
  ])("%s of %j is refused: %s", async (name, text, rule) => {
    const own = await mkdtemp(path.join(folder, "bad-"))
    await writeFile(path.join(own, name), text)
    await writeFile(path.join(own, "merges.txt"), "a b\n")
    const error = await readClipVocabulary(own)()
    expect(error).toMatchObject({ left: { _tag: "VocabularyInvalid", file: path.join(own, name) } })
    expect(E.isLeft(error) && renderTokenizeError(error.left)).toContain(rule)
  })

  test("a folder without a tokenizer says which file is missing", async () => {
    const own = await mkdtemp(path.join(folder, "none-"))
    expect(await readClipVocabulary(own)()).toMatchObject({ left: { file: path.join(own, "vocab.json") } })
  })
})
