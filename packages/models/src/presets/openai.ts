/** Constructor arguments of openai/CLIP for the image–text models of DIVA's OpenAI rows. */
const largeText = {
  embed_dim: 768,
  context_length: 77,
  vocab_size: 49_408,
  transformer_width: 768,
  transformer_heads: 12,
  transformer_layers: 12,
} as const

const largeVision = { vision_layers: 24, vision_width: 1024, vision_patch_size: 14 } as const

/** ViT-L/14 at 224 pixels, 427,616,513 parameters; and at 336 pixels, 427,944,193. */
export const openaiArguments = {
  "openai-l14-224": { ...largeText, ...largeVision, image_resolution: 224 },
  "openai-l14-336": { ...largeText, ...largeVision, image_resolution: 336 },
} as const
