const largeText = { context_length: 77, vocab_size: 49_408, width: 768, heads: 12, layers: 12 } as const
const hugeText = { context_length: 77, vocab_size: 49_408, width: 1024, heads: 16, layers: 24 } as const
const hugeVision = { layers: 32, width: 1280, head_width: 80, patch_size: 14 } as const

const huge = (imageSize: number) =>
  ({
    embed_dim: 1024,
    quick_gelu: true,
    vision_cfg: { ...hugeVision, image_size: imageSize },
    text_cfg: hugeText,
  }) as const

const siglip = (imageSize: number, context: number) =>
  ({
    embed_dim: 1152,
    init_logit_bias: -10,
    vision_cfg: {
      image_size: imageSize,
      timm_model_name: `vit_so400m_patch14_siglip_${imageSize}`,
      timm_pool: "map",
      timm_proj: "none",
    },
    text_cfg: {
      context_length: context,
      vocab_size: 32_000,
      width: 1152,
      heads: 16,
      layers: 27,
      mlp_ratio: 3.7362,
      no_causal_mask: true,
      proj_bias: true,
      pool_type: "last",
      norm_kwargs: { eps: 1e-6 },
    },
  }) as const

/** OpenCLIP's configurations of DIVA's MetaCLIP, DFN and SigLIP rows. */
export const openClipConfigs = {
  "metaclip-l14-224": {
    embed_dim: 768,
    quick_gelu: true,
    vision_cfg: { image_size: 224, layers: 24, width: 1024, patch_size: 14 },
    text_cfg: largeText,
  },
  "metaclip-h14-224": huge(224),
  "siglip-so400m-14-224": siglip(224, 16),
  "siglip-so400m-14-384": siglip(384, 64),
  "dfn-h14-224": huge(224),
  "dfn-h14-378": huge(378),
} as const
