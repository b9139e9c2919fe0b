import type { Either } from "fp-ts/lib/Either.js"
import { parseConfig, type Fields } from "../config/fields.ts"
import type { ModelError } from "../modelError.ts"

/** One resolution of the UNet. */
export interface UnetLevel {
  readonly channels: number
  readonly heads: number
  /** Whether the resnets on the way down, and on the way up, are followed by attention to the context. */
  readonly attendsDown: boolean
  readonly attendsUp: boolean
  readonly transformerDepth: number
}

/** Stable Diffusion's denoiser by its sizes and options. Levels run from the finest to the coarsest resolution. */
export interface UnetConfig {
  /** Edge of the latent the model was trained for; other sizes work. */
  readonly sampleSize: number | undefined
  readonly inChannels: number
  readonly outChannels: number
  readonly levels: readonly UnetLevel[]
  readonly resnetsPerLevel: number
  readonly contextWidth: number
  readonly groups: number
  readonly eps: number
  /** Whether transformers project by a linear map of tokens, or by a 1×1 convolution (the weights' shapes differ). */
  readonly linearProjection: boolean
  readonly timeCosineFirst: boolean
  readonly timeShift: number
  readonly downsamplePadding: number
  readonly midScale: number
}

const downTypes = ["CrossAttnDownBlock2D", "DownBlock2D"] as const
const upTypes = ["CrossAttnUpBlock2D", "UpBlock2D"] as const

/** Arguments of the reference that change what is computed and are implemented for one value only. */
const fixed: Readonly<Record<string, readonly unknown[]>> = {
  act_fn: ["silu", "swish"],
  addition_embed_type: [null],
  addition_time_embed_dim: [null],
  attention_type: ["default", null],
  center_input_sample: [false],
  class_embed_type: [null],
  class_embeddings_concat: [false],
  conv_in_kernel: [3],
  conv_out_kernel: [3],
  cross_attention_norm: [null],
  dropout: [0],
  dual_cross_attention: [false],
  encoder_hid_dim: [null],
  encoder_hid_dim_type: [null],
  mid_block_only_cross_attention: [null, false],
  mid_block_type: ["UNetMidBlock2DCrossAttn"],
  num_attention_heads: [null],
  num_class_embeds: [null],
  only_cross_attention: [false],
  resnet_out_scale_factor: [1],
  resnet_skip_time_act: [false],
  resnet_time_scale_shift: ["default"],
  reverse_transformer_layers_per_block: [null],
  time_cond_proj_dim: [null],
  time_embedding_act_fn: [null],
  time_embedding_dim: [null],
  time_embedding_type: ["positional"],
  timestep_post_act: [null],
}

const readLevels = ({ counts, names, demand }: Fields): readonly UnetLevel[] => {
  const channels = counts("block_out_channels")
  const down = names("down_block_types", downTypes)
  const up = names("up_block_types", upTypes)
  const depth = channels.length
  demand(
    down.length === depth,
    "down_block_types",
    `needs ${depth} entries, one per level`,
    "name one block for each of block_out_channels",
  )
  demand(
    up.length === depth,
    "up_block_types",
    `needs ${depth} entries, one per level`,
    "name one block for each of block_out_channels",
  )
  const heads = counts("attention_head_dim", depth, 8)
  const transformerDepths = counts("transformer_layers_per_block", depth, 1)
  return channels.map((width, i) => {
    const levelHeads = heads[i]!
    demand(
      width % levelHeads === 0,
      "attention_head_dim",
      `is a number of heads: ${levelHeads} must divide ${width} channels`,
      "use a divisor",
    )
    return {
      channels: width,
      heads: levelHeads,
      attendsDown: down[i] === "CrossAttnDownBlock2D",
      attendsUp: up[depth - 1 - i] === "CrossAttnUpBlock2D",
      transformerDepth: transformerDepths[i]!,
    }
  })
}

const requireGroups = ({ demand }: Fields, levels: readonly UnetLevel[], groups: number): void => {
  for (const { channels } of levels)
    demand(
      channels % groups === 0,
      "norm_num_groups",
      `${groups} must divide ${channels} channels`,
      "use a divisor of all block_out_channels",
    )
}

/**
 * Reads `unet/config.json` of a Stable Diffusion folder (diffusers UNet2DConditionModel; there `attention_head_dim` is
 * the number of heads).  Errors: `ConfigInvalid`, also for an argument whose value this package does not implement.
 */
export const parseUnet = (raw: unknown): Either<ModelError, UnetConfig> =>
  parseConfig("SD UNet", raw, (fields) => {
    for (const [field, values] of Object.entries(fixed)) fields.only(field, values)
    const levels = readLevels(fields)
    const groups = fields.count("norm_num_groups", 32)
    requireGroups(fields, levels, groups)
    return {
      sampleSize: fields.has("sample_size") ? fields.count("sample_size") : undefined,
      inChannels: fields.count("in_channels", 4),
      outChannels: fields.count("out_channels", 4),
      levels,
      resnetsPerLevel: fields.count("layers_per_block", 2),
      contextWidth: fields.count("cross_attention_dim", 1280),
      groups,
      eps: fields.number("norm_eps", 1e-5),
      linearProjection: fields.flag("use_linear_projection", false),
      timeCosineFirst: fields.flag("flip_sin_to_cos", true),
      timeShift: fields.number("freq_shift", 0),
      downsamplePadding: fields.number("downsample_padding", 1),
      midScale: fields.number("mid_block_scale_factor", 1),
    }
  })
