const levels = ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"] as const
const upLevels = ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"] as const

const unet = {
  sample_size: 64,
  in_channels: 4,
  out_channels: 4,
  block_out_channels: [320, 640, 1280, 1280],
  layers_per_block: 2,
  down_block_types: levels,
  up_block_types: upLevels,
  norm_num_groups: 32,
  norm_eps: 1e-5,
  act_fn: "silu",
  flip_sin_to_cos: true,
  freq_shift: 0,
  downsample_padding: 1,
  mid_block_scale_factor: 1,
} as const

const vae = {
  in_channels: 3,
  out_channels: 3,
  latent_channels: 4,
  block_out_channels: [128, 256, 512, 512],
  layers_per_block: 2,
  down_block_types: new Array<string>(4).fill("DownEncoderBlock2D"),
  up_block_types: new Array<string>(4).fill("UpDecoderBlock2D"),
  norm_num_groups: 32,
  act_fn: "silu",
  sample_size: 512,
  scaling_factor: 0.18215,
} as const

const scheduler = {
  num_train_timesteps: 1000,
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: "scaled_linear",
  prediction_type: "epsilon",
} as const

/** The configuration files of the latent diffusion models DIVA trains against, one entry per folder of a checkpoint. */
export const stableDiffusionConfigs = {
  "sd-2-1-base": {
    unet: {
      ...unet,
      attention_head_dim: [5, 10, 20, 20],
      cross_attention_dim: 1024,
      use_linear_projection: true,
    },
    vae,
    text_encoder: {
      hidden_size: 1024,
      intermediate_size: 4096,
      num_hidden_layers: 23,
      num_attention_heads: 16,
      hidden_act: "gelu",
      max_position_embeddings: 77,
      vocab_size: 49_408,
      layer_norm_eps: 1e-5,
    },
    scheduler,
  },
  "sd-1-4": {
    unet: { ...unet, attention_head_dim: 8, cross_attention_dim: 768, use_linear_projection: false },
    vae,
    text_encoder: {
      hidden_size: 768,
      intermediate_size: 3072,
      num_hidden_layers: 12,
      num_attention_heads: 12,
      hidden_act: "quick_gelu",
      max_position_embeddings: 77,
      vocab_size: 49_408,
      layer_norm_eps: 1e-5,
    },
    scheduler,
  },
} as const
