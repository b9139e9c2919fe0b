import { stableDiffusionConfigs } from "@diva/models"

/** The small models of the synthetic world as configuration files say them: OpenCLIP's, and one for each folder of a diffusion model. */
const vocabulary = 768
const context = 24

/** ViT of 6 blocks on patches of 8 of 64 pixels, with a text tower of 4. */
const clip = {
  embed_dim: 128,
  quick_gelu: false,
  vision_cfg: { image_size: 64, patch_size: 8, width: 192, layers: 6, head_width: 64 },
  text_cfg: { context_length: context, vocab_size: vocabulary, width: 128, heads: 4, layers: 4 },
} as const

/** 64 pixels to latents of 16 × 16: strokes of a letter are two pixels wide, at 8 × 8 they were lost. */
const vaeChannels = [16, 32, 64] as const
const latentChannels = 4

const vae = {
  in_channels: 3,
  out_channels: 3,
  latent_channels: latentChannels,
  block_out_channels: vaeChannels,
  layers_per_block: 1,
  down_block_types: vaeChannels.map(() => "DownEncoderBlock2D"),
  up_block_types: vaeChannels.map(() => "UpDecoderBlock2D"),
  norm_num_groups: 8,
  act_fn: "silu",
  sample_size: 64,
  scaling_factor: 1,
} as const

/** What the judge of samples is built like: as an encoder to 4 × 4 places. */
const judgeChannels = [8, 16, 32, 64, 96] as const

const attributes = {
  ...vae,
  block_out_channels: judgeChannels,
  down_block_types: judgeChannels.map(() => "DownEncoderBlock2D"),
  up_block_types: judgeChannels.map(() => "UpDecoderBlock2D"),
  norm_num_groups: 4,
} as const

const unet = {
  sample_size: 16,
  in_channels: latentChannels,
  out_channels: latentChannels,
  block_out_channels: [64, 128],
  layers_per_block: 1,
  down_block_types: ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
  up_block_types: ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
  attention_head_dim: [2, 4],
  cross_attention_dim: 128,
  use_linear_projection: true,
  norm_num_groups: 16,
  norm_eps: 1e-5,
  act_fn: "silu",
  flip_sin_to_cos: true,
  freq_shift: 0,
  downsample_padding: 1,
  mid_block_scale_factor: 1,
} as const

const textEncoder = {
  hidden_size: 128,
  intermediate_size: 512,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  hidden_act: "gelu",
  max_position_embeddings: context,
  vocab_size: vocabulary,
  layer_norm_eps: 1e-5,
} as const

/** The noise of Stable Diffusion. */
const { scheduler } = stableDiffusionConfigs["sd-2-1-base"]

/** Configurations of the world's models. */
export const worldModels = { clip, vae, unet, text_encoder: textEncoder, scheduler, attributes } as const
