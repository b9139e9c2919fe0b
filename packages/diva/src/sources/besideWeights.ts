import { existsSync, statSync } from "node:fs"
import * as path from "node:path"
import { Effect } from "effect"
import type { FileError } from "@diva/models"
import type { ConfigInvalid } from "../files/configInvalid.ts"
import { readObject } from "../files/readObject.ts"

const isFolder = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isDirectory() === true

/** The folder that weights lie in, or are. */
const folderOf = (weights: string): string => (isFolder(weights) ? weights : path.dirname(weights))

const configFile = "open_clip_config.json"

/**
 * OpenCLIP's configuration where it lies beside a CLIP's weights, as those who publish such models put it; undefined where it
 * does not. Errors: `FileUnreadable`, `ConfigInvalid` for a file that is no object.
 */
export const configBeside = (
  weights: string,
): Effect.Effect<Readonly<Record<string, unknown>> | undefined, FileError | ConfigInvalid> => {
  const file = path.join(folderOf(weights), configFile)
  return existsSync(file) ? readObject(file) : Effect.succeed(undefined)
}

const isVocabulary = (folder: string): boolean =>
  existsSync(path.join(folder, "tokenizer.json")) ||
  (existsSync(path.join(folder, "vocab.json")) && existsSync(path.join(folder, "merges.txt")))

/** The folder of a tokenizer's files beside weights, or in `tokenizer` beside them; undefined where there is none. */
export const vocabularyBeside = (weights: string): string | undefined => {
  const beside = folderOf(weights)
  return [beside, path.join(beside, "tokenizer")].find(isVocabulary)
}
