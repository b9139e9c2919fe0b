import {
  bytePairsOf,
  clipTokenizer,
  fromTransformers,
  inferOpenaiArguments,
  openaiVocabulary,
  parseOpenaiClip,
  parseSafetensors,
  renderWeightsError,
  toFloat32,
  type BytePairs,
  type ClipConfig,
  type SafetensorsFile,
  type Tokenizer,
  type WeightFile,
} from "@diva/models"
import type { HostArray } from "@diva/tensor"

/** A CLIP with its weights, ready to be put on a device. */
export interface LoadedClip {
  readonly name: string
  readonly config: ClipConfig
  readonly weights: Readonly<Record<string, HostArray>>
  readonly tokenizer: Tokenizer
}

type Result<E, A> = { readonly _tag: "Left"; readonly left: E } | { readonly _tag: "Right"; readonly right: A }

const orThrow = <E, A>(result: Result<E, A>, say: (error: E) => string): A => {
  if (result._tag === "Right") return result.right
  throw new Error(say(result.left))
}

/** A parsed file, read as one on disk is. */
const inMemory = ({ file, metadata, tensors }: SafetensorsFile): WeightFile => ({
  file,
  metadata,
  format: "safetensors",
  entries: tensors,
  remarks: [],
  read: (name) => () => Promise.resolve({ _tag: "Right", right: tensors.get(name)! }),
  close: () => Promise.resolve(),
})

const arrayOf = async (file: WeightFile, name: string): Promise<HostArray> => {
  const stored = orThrow(await file.read(name)(), renderWeightsError)
  return { shape: stored.shape, dtype: "f32", data: orThrow(toFloat32(stored), renderWeightsError) }
}

/** Merges as a file lists them, one pair a line. */
export const mergesIn = (text: string): readonly string[] =>
  text.split(/\r?\n/).filter((line) => /^\S+ \S+$/.test(line) && !line.startsWith("#"))

const pairsFor = async (config: ClipConfig, merges: readonly string[] | undefined): Promise<BytePairs> => {
  const pairs =
    merges === undefined
      ? orThrow(await openaiVocabulary(), () => "OpenAI's vocabulary could not be read")
      : bytePairsOf(merges)
  if (pairs.ids.size === config.text.vocabulary) return pairs
  throw new Error(
    `the model knows ${config.text.vocabulary} tokens, this vocabulary ${pairs.ids.size}: drop the merges.txt that belongs to it, too`,
  )
}

/**
 * A CLIP of a safetensors file in OpenAI's names (`diva export --style openai`) or those of transformers; its sizes are read off
 * the shapes. `merges`: its vocabulary where it is not OpenAI's.
 */
export const loadClip = async (name: string, bytes: Uint8Array, merges?: readonly string[]): Promise<LoadedClip> => {
  const opened = inMemory(orThrow(parseSafetensors(bytes, name), renderWeightsError))
  const isTransformers = [...opened.entries.keys()].some((key) => key.startsWith("vision_model."))
  const file = isTransformers ? orThrow(fromTransformers(opened), renderWeightsError) : opened
  const sizes = inferOpenaiArguments(file)
  if (sizes === undefined)
    throw new Error(
      `${name} holds no whole CLIP in OpenAI's names: write one with  diva export RUN --style openai FILE`,
    )
  const config = orThrow(parseOpenaiClip(sizes), (error) => error.remedy)
  const named = [...file.entries.keys()].map(async (key) => [key, await arrayOf(file, key)] as const)
  const weights = Object.fromEntries(await Promise.all(named))
  const tokenizer = clipTokenizer(await pairsFor(config, merges), "openai", { context: config.text.context })
  return { name, config, weights, tokenizer }
}
