import { clipParameters } from "../../clip/clipTowers.ts"
import { parseOpenaiClip } from "../../clip/openaiConfig.ts"
import * as E from "fp-ts/lib/Either.js"
import { shapesOf } from "../../params/parameter.ts"
import { checkNames, type NamedShapes } from "../checkNames.ts"
import { ignorableNames } from "./signatures.ts"

type Entries = NamedShapes["entries"]

const axis = (entries: Entries, name: string, index: number): number => entries.get(name)?.shape.at(index) ?? 0

const layersUnder = (entries: Entries, prefix: string): number =>
  [...entries.keys()].filter((name) => name.startsWith(prefix) && name.endsWith(".attn.in_proj_weight")).length

const headWidth = 64

const visionArguments = (entries: Entries) => {
  const patch = axis(entries, "visual.conv1.weight", -1)
  return {
    embed_dim: axis(entries, "visual.proj", 1),
    image_resolution: patch * Math.round(Math.sqrt(axis(entries, "visual.positional_embedding", 0) - 1)),
    vision_layers: layersUnder(entries, "visual.transformer."),
    vision_width: axis(entries, "visual.conv1.weight", 0),
    vision_patch_size: patch,
  }
}

const textArguments = (entries: Entries) => {
  const width = axis(entries, "ln_final.weight", 0)
  return {
    context_length: axis(entries, "positional_embedding", 0),
    vocab_size: axis(entries, "token_embedding.weight", 0),
    transformer_width: width,
    transformer_heads: Math.floor(width / headWidth),
    transformer_layers: layersUnder(entries, "transformer."),
  }
}

type Arguments = Readonly<Record<string, number>>

/** The parameters of the model that arguments make; undefined for those that make none. */
const parametersOf = (raw: Arguments): ReturnType<typeof clipParameters> | undefined => {
  const config = Object.values(raw).every((value) => value > 0 && value < 1e6) ? parseOpenaiClip(raw) : undefined
  return config === undefined || E.isLeft(config) ? undefined : clipParameters(config.right)
}

/**
 * The constructor arguments of openai/CLIP that a vision-transformer checkpoint was made with, from its shapes; heads are
 * 64 wide, as that class makes them. Undefined where names or shapes are not those of such a model (H-14 has wider heads).
 * Source: openai/CLIP clip/model.py `build_model`.
 */
export const inferOpenaiArguments = (file: NamedShapes): Arguments | undefined => {
  const raw = { ...visionArguments(file.entries), ...textArguments(file.entries) }
  const parameters = parametersOf(raw)
  if (parameters === undefined) return undefined
  const checked = checkNames(shapesOf(parameters), file, { ignorable: ignorableNames.clip })
  return E.isRight(checked) ? raw : undefined
}

/** Any text tower: its arguments decide nothing of the image tower. */
const someText = {
  context_length: 1,
  vocab_size: 2,
  transformer_width: headWidth,
  transformer_heads: 1,
  transformer_layers: 1,
}

/** The same of the image tower, where the file holds nothing else. How wide its heads are does not show in its shapes. */
export const inferImageTower = (file: NamedShapes): Arguments | undefined => {
  const raw = visionArguments(file.entries)
  const parameters = parametersOf({ ...raw, ...someText })?.filter(({ name }) => name.startsWith("visual."))
  if (parameters === undefined) return undefined
  return E.isRight(checkNames(shapesOf(parameters), file)) ? raw : undefined
}
