import type { ModelError } from "@diva/models"
import { parseOpenaiClip, parseSdText, parseUnet, parseVae } from "@diva/models"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import { stableDiffusionNoise, type ConfigSet } from "../objective/standardModels.ts"
import type { PromptIds } from "../train/config/trainConfig.ts"

/** Sizes of small models with the structure of the real ones. */
export interface TinySizes {
  /** Edge of the tower's input and of its patches, pixels. */
  readonly clipImage: number
  readonly patch: number
  readonly layers: number
  /** Channels of the UNet's and of the VAE's levels, from the finest; a multiple of `groups` each. */
  readonly unetChannels: readonly number[]
  readonly vaeChannels: readonly number[]
  readonly groups: number
  readonly headWidth: number
  readonly contextWidth: number
}

const vocabulary = 256

const clipArguments = ({ clipImage, patch, layers }: TinySizes) => ({
  embed_dim: 40,
  image_resolution: clipImage,
  vision_layers: layers,
  vision_width: 64,
  vision_patch_size: patch,
  context_length: 77,
  vocab_size: vocabulary,
  transformer_width: 64,
  transformer_heads: 1,
  transformer_layers: 1,
})

/** All levels but the coarsest attend to the context, as in Stable Diffusion. */
const unetArguments = ({ unetChannels, groups, headWidth, contextWidth }: TinySizes) => {
  const attend = unetChannels.map((_, level) => level < unetChannels.length - 1)
  return {
    in_channels: 4,
    out_channels: 4,
    block_out_channels: unetChannels,
    layers_per_block: 1,
    cross_attention_dim: contextWidth,
    attention_head_dim: unetChannels.map((channels) => channels / headWidth),
    use_linear_projection: true,
    down_block_types: attend.map((each) => (each ? "CrossAttnDownBlock2D" : "DownBlock2D")),
    up_block_types: attend.map((each) => (each ? "CrossAttnUpBlock2D" : "UpBlock2D")).toReversed(),
    norm_num_groups: groups,
  }
}

const vaeArguments = ({ vaeChannels, groups }: TinySizes) => ({
  block_out_channels: vaeChannels,
  layers_per_block: 1,
  latent_channels: 4,
  norm_num_groups: groups,
  down_block_types: vaeChannels.map(() => "DownEncoderBlock2D"),
  up_block_types: vaeChannels.map(() => "UpDecoderBlock2D"),
})

const textArguments = ({ contextWidth }: TinySizes) => ({
  hidden_size: contextWidth,
  intermediate_size: 4 * contextWidth,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  hidden_act: "gelu",
  max_position_embeddings: 77,
  vocab_size: vocabulary,
})

/** Small models through the real models' own configuration readers. Errors: `ConfigInvalid` for sizes that do not fit. */
export const tinyModels = (sizes: TinySizes): Either<ModelError, ConfigSet> =>
  pipe(
    E.Do,
    E.apS("clip", parseOpenaiClip(clipArguments(sizes))),
    E.apS("unet", parseUnet(unetArguments(sizes))),
    E.apS("vae", parseVae(vaeArguments(sizes))),
    E.apS("text", parseSdText(textArguments(sizes))),
    E.map((configs) => ({ ...configs, noise: stableDiffusionNoise })),
  )

/** The constant prompts in the small vocabulary: arbitrary ids between start and end. */
export const tinyPrompts: PromptIds = {
  template: [vocabulary - 2, 84, 181, 67, 84, 33, vocabulary - 1, ...new Array<number>(70).fill(0)],
  empty: [vocabulary - 2, vocabulary - 1, ...new Array<number>(75).fill(0)],
}
