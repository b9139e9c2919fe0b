import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openaiVocabulary } from "@diva/models"
import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { expect, it } from "vitest"
import { readConfigs } from "../../src/sources/readConfigs.ts"

/** A Stable Diffusion folder of which only the tokenizer is there. */
const folderThatPadsWith = async (pad: string): Promise<string> => {
  const pairs = await openaiVocabulary()
  if (E.isLeft(pairs)) throw new Error(pairs.left.rule)
  const folder = mkdtempSync(join(tmpdir(), "diva-prompts-"))
  const tokenizer = join(folder, "tokenizer")
  mkdirSync(tokenizer)
  writeFileSync(join(tokenizer, "vocab.json"), JSON.stringify(Object.fromEntries(pairs.right.ids)))
  writeFileSync(join(tokenizer, "merges.txt"), `#version: 0.2\n${[...pairs.right.ranks.keys()].join("\n")}\n`)
  writeFileSync(join(tokenizer, "special_tokens_map.json"), JSON.stringify({ pad_token: pad }))
  return folder
}

it.each([
  ["!", 0],
  ["<|endoftext|>", 49_407],
])("the constant prompts are padded as the folder's own tokenizer does: %s", async (pad, id) => {
  const files = { clipConfig: "openai-l14-224", sd: await folderThatPadsWith(pad), sdConfig: "sd-1-4" }
  const { promptIds } = await Effect.runPromise(readConfigs(files))
  expect(promptIds.template).toEqual([49_406, 320, 1125, 539, 320, 269, 49_407, ...new Array<number>(70).fill(id)])
  expect(promptIds.empty).toEqual([49_406, 49_407, ...new Array<number>(75).fill(id)])
})
