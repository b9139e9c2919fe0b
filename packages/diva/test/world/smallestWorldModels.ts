import { worldModels } from "../../src/world/index.ts"

/** Configurations of the smallest models of the world's kind, for pictures of 16 pixels and texts of `context` tokens. */
export const smallestWorldModels = (vocabulary: number, context: number) =>
  ({
    ...worldModels,
    clip: {
      ...worldModels.clip,
      embed_dim: 8,
      vision_cfg: { image_size: 16, patch_size: 8, width: 16, layers: 1, head_width: 8 },
      text_cfg: { context_length: context, vocab_size: vocabulary, width: 8, heads: 2, layers: 1 },
    },
    vae: {
      ...worldModels.vae,
      latent_channels: 2,
      block_out_channels: [4, 8],
      down_block_types: ["DownEncoderBlock2D", "DownEncoderBlock2D"],
      up_block_types: ["UpDecoderBlock2D", "UpDecoderBlock2D"],
      norm_num_groups: 2,
    },
    unet: {
      ...worldModels.unet,
      in_channels: 2,
      out_channels: 2,
      block_out_channels: [4, 8],
      attention_head_dim: [1, 2],
      cross_attention_dim: 8,
      norm_num_groups: 2,
    },
    text_encoder: {
      ...worldModels.text_encoder,
      hidden_size: 8,
      intermediate_size: 16,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      max_position_embeddings: 8,
      vocab_size: vocabulary,
    },
  }) as const
