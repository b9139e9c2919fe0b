import {
  bytePairsOf,
  clipTokenizer,
  fromTransformers,
  inferOpenaiArguments,
  openaiVocabulary,
  parseClip,
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
  const { size } = pairs.ids
  // A table of tokens may have rows to spare, for a round number: not those of a vocabulary that nobody named.
  if (merges === undefined ? size === config.text.vocabulary : size <= config.text.vocabulary) return pairs
  throw new Error(
    `the model knows ${config.text.vocabulary} tokens, this vocabulary ${pairs.ids.size}: drop the merges.txt that belongs to it, too`,
  )
}

/** What belongs to one CLIP, of a folder that was exported or by itself. */
export interface ClipFiles {
  /** The weights' name and bytes: safetensors in OpenAI's, OpenCLIP's or transformers' names. */
  readonly name: string
  readonly bytes: Uint8Array
  /** `open_clip_config.json`, which says what shapes do not: heads, activation, text length. */
  readonly config?: unknown
  /** Its vocabulary where it is not OpenAI's. */
  readonly merges?: readonly string[]
}

const configOf = (name: string, file: WeightFile, given: unknown): ClipConfig => {
  if (given !== undefined) return orThrow(parseClip(given), (error) => error.remedy)
  const sizes = inferOpenaiArguments(file)
  if (sizes !== undefined) return orThrow(parseOpenaiClip(sizes), (error) => error.remedy)
  throw new Error(
    `${name} holds no whole CLIP in OpenAI's names: drop the file of  diva export RUN clip.safetensors --style openai, or the folder that  diva pretrain clip  writes`,
  )
}

/**
 * A CLIP of a folder in OpenCLIP's style, as `diva pretrain clip` writes it, or of a safetensors file alone in OpenAI's names or those of
 * transformers, whose sizes are read off the shapes.
 */
export const loadClip = async ({ name, bytes, config: given, merges }: ClipFiles): Promise<LoadedClip> => {
  const opened = inMemory(orThrow(parseSafetensors(bytes, name), renderWeightsError))
  const isTransformers = [...opened.entries.keys()].some((key) => key.startsWith("vision_model."))
  const file = isTransformers ? orThrow(fromTransformers(opened), renderWeightsError) : opened
  const config = configOf(name, file, given)
  const named = [...file.entries.keys()].map(async (key) => [key, await arrayOf(file, key)] as const)
  const weights = Object.fromEntries(await Promise.all(named))
  const style = given === undefined ? "openai" : "openclip"
  const tokenizer = clipTokenizer(await pairsFor(config, merges), style, { context: config.text.context })
  return { name, config, weights, tokenizer }
}
