import type { Either } from "fp-ts/lib/Either.js"
import { parseConfig } from "../config/fields.ts"
import type { Activation } from "../layers/activation.ts"
import type { BlockNames } from "../layers/transformerBlock.ts"
import type { ModelError } from "../modelError.ts"
import type { Parameter } from "../params/parameter.ts"
import type { TextConfig } from "./textConfig.ts"
import type { TextNames } from "./textNames.ts"
import { textParameters, textTower, type TextTower } from "./textTower.ts"

const activations: Readonly<Record<string, Activation>> = {
  gelu: "gelu",
  quick_gelu: "quickGelu",
  gelu_new: "geluTanh",
  gelu_pytorch_tanh: "geluTanh",
}

/**
 * Reads `text_encoder/config.json` of a Stable Diffusion folder (transformers CLIPTextModel).
 * Errors: `ConfigInvalid`.
 */
export const parseSdText = (raw: unknown): Either<ModelError, TextConfig> =>
  parseConfig("SD text encoder", raw, ({ count, number, oneOf, demand }) => {
    const [width, heads] = [count("hidden_size"), count("num_attention_heads")]
    demand(width % heads === 0, "num_attention_heads", `must divide hidden_size ${width}`, "use a divisor of it")
    return {
      context: count("max_position_embeddings", 77),
      vocabulary: count("vocab_size"),
      width,
      depth: count("num_hidden_layers"),
      heads,
      mlpWidth: count("intermediate_size"),
      activation: activations[oneOf("hidden_act", Object.keys(activations), "quick_gelu")]!,
      eps: number("layer_norm_eps", 1e-5),
      causal: true,
    }
  })

const blockNames = (index: number): BlockNames => {
  const block = `text_model.encoder.layers.${index}`
  const attention = `${block}.self_attn`
  return {
    block,
    norm1: `${block}.layer_norm1`,
    attention,
    projections: {
      kind: "separate",
      query: `${attention}.q_proj`,
      key: `${attention}.k_proj`,
      value: `${attention}.v_proj`,
      out: `${attention}.out_proj`,
    },
    norm2: `${block}.layer_norm2`,
    mlp: `${block}.mlp`,
    expand: `${block}.mlp.fc1`,
    contract: `${block}.mlp.fc2`,
  }
}

const names: TextNames = {
  tokens: "text_model.embeddings.token_embedding.weight",
  positions: "text_model.embeddings.position_embedding.weight",
  blocks: { transformer: "text_model.encoder", block: blockNames, tokensFirst: false },
  finalNorm: "text_model.final_layer_norm",
}

/** Parameters under transformers' names. Published files may add `text_model.embeddings.position_ids`: ignore it. */
export const sdTextParameters = (config: TextConfig): readonly Parameter[] => textParameters(names, config)

/**
 * The text encoder of Stable Diffusion.  ids: i32 [batch, tokens] → last hidden state after the final norm,
 * [batch, tokens, width]. Padding is attended to like any token. Shows `observe` "embeddings" and every module.
 * Source: transformers models/clip/modeling_clip.py (4.39).
 */
export const sdTextEncoder = (config: TextConfig): TextTower => textTower(names, config)
