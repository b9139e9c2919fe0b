import * as path from "node:path"
import { Effect } from "effect"
import type { FileError } from "@diva/models"
import type { ConfigInvalid } from "../files/configInvalid.ts"
import { isFolder, isThere } from "../files/presence.ts"
import { readObject } from "../files/readObject.ts"

/** The folder that weights lie in, or are. */
const folderOf = (weights: string): Effect.Effect<string> =>
  Effect.map(isFolder(weights), (is) => (is ? weights : path.dirname(weights)))

const configFile = "open_clip_config.json"

/**
 * OpenCLIP's configuration where it lies beside a CLIP's weights, as those who publish such models put it; undefined where it
 * does not. Errors: `FileUnreadable`, `ConfigInvalid` for a file that is not an object.
 */
export const configBeside = Effect.fnUntraced(function* (
  weights: string,
): Effect.fn.Return<Readonly<Record<string, unknown>> | undefined, FileError | ConfigInvalid> {
  const file = path.join(yield* folderOf(weights), configFile)
  return (yield* isThere(file)) ? yield* readObject(file) : undefined
})

const isVocabulary = Effect.fnUntraced(function* (folder: string) {
  const has = (name: string) => isThere(path.join(folder, name))
  return (yield* has("tokenizer.json")) || ((yield* has("vocab.json")) && (yield* has("merges.txt")))
})

/** The folder of a tokenizer's files beside weights, or in `tokenizer` beside them; undefined where there is none. */
export const vocabularyBeside = Effect.fnUntraced(function* (weights: string): Effect.fn.Return<string | undefined> {
  const beside = yield* folderOf(weights)
  for (const folder of [beside, path.join(beside, "tokenizer")]) if (yield* isVocabulary(folder)) return folder
  return undefined
})
