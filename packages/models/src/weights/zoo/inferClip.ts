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

/**
 * The constructor arguments of openai/CLIP that a vision-transformer checkpoint was made with, from its shapes; heads are
 * 64 wide, as that class makes them. Undefined where names or shapes are not those of such a model (H-14 has wider heads).
 * Source: openai/CLIP clip/model.py `build_model`.
 */
export const inferOpenaiArguments = (file: NamedShapes): Readonly<Record<string, number>> | undefined => {
  const { entries } = file
  const patch = axis(entries, "visual.conv1.weight", -1)
  const textWidth = axis(entries, "ln_final.weight", 0)
  const raw = {
    embed_dim: axis(entries, "text_projection", 1),
    image_resolution: patch * Math.round(Math.sqrt(axis(entries, "visual.positional_embedding", 0) - 1)),
    vision_layers: layersUnder(entries, "visual.transformer."),
    vision_width: axis(entries, "visual.conv1.weight", 0),
    vision_patch_size: patch,
    context_length: axis(entries, "positional_embedding", 0),
    vocab_size: axis(entries, "token_embedding.weight", 0),
    transformer_width: textWidth,
    transformer_heads: Math.floor(textWidth / headWidth),
    transformer_layers: layersUnder(entries, "transformer."),
  }
  const config = Object.values(raw).every((value) => value > 0 && value < 1e6) ? parseOpenaiClip(raw) : undefined
  if (config === undefined || E.isLeft(config)) return undefined
  const checked = checkNames(shapesOf(clipParameters(config.right)), file, { ignorable: ignorableNames.clip })
  return E.isRight(checked) ? raw : undefined
}
