import type { TransformerNames } from "../layers/transformer.ts"
import type { BlockNames } from "../layers/transformerBlock.ts"
import type { TextNames } from "../text/textNames.ts"
import type { VisionNames } from "../vit/visionNames.ts"
import type { ClipConfig } from "./clipConfig.ts"

const openaiBlock = (block: string): BlockNames => ({
  block,
  norm1: `${block}.ln_1`,
  attention: `${block}.attn`,
  projections: {
    kind: "stacked",
    weight: `${block}.attn.in_proj_weight`,
    bias: `${block}.attn.in_proj_bias`,
    out: `${block}.attn.out_proj`,
  },
  norm2: `${block}.ln_2`,
  mlp: `${block}.mlp`,
  expand: `${block}.mlp.c_fc`,
  contract: `${block}.mlp.c_proj`,
})

const openaiBlocks = (transformer: string): TransformerNames => ({
  transformer,
  block: (index) => openaiBlock(`${transformer}.resblocks.${index}`),
  tokensFirst: true,
})

const timmBlock = (block: string): BlockNames => ({
  block,
  norm1: `${block}.norm1`,
  attention: `${block}.attn`,
  projections: {
    kind: "stacked",
    weight: `${block}.attn.qkv.weight`,
    bias: `${block}.attn.qkv.bias`,
    out: `${block}.attn.proj`,
  },
  norm2: `${block}.norm2`,
  mlp: `${block}.mlp`,
  expand: `${block}.mlp.fc1`,
  contract: `${block}.mlp.fc2`,
})

const openaiVision = (postNormOfClass: boolean): VisionNames => ({
  patches: "visual.conv1",
  patchModule: "visual.conv1",
  patchMap: true,
  classEmbedding: "visual.class_embedding",
  positions: "visual.positional_embedding",
  positionsBatched: false,
  preNorm: "visual.ln_pre",
  blocks: openaiBlocks("visual.transformer"),
  postNorm: "visual.ln_post",
  postNormOfClass,
  projection: "visual.proj",
  pool: "visual.attn_pool",
})

const timmVision: VisionNames = {
  patches: "visual.trunk.patch_embed.proj",
  patchModule: "visual.trunk.patch_embed",
  patchMap: false,
  classEmbedding: "visual.trunk.cls_token",
  positions: "visual.trunk.pos_embed",
  positionsBatched: true,
  preNorm: "visual.trunk.norm_pre",
  blocks: {
    transformer: "visual.trunk.blocks",
    block: (index) => timmBlock(`visual.trunk.blocks.${index}`),
    tokensFirst: false,
  },
  postNorm: "visual.trunk.norm",
  postNormOfClass: false,
  projection: "visual.head.proj.weight",
  pool: "visual.trunk.attn_pool",
}

/** Names of the image tower of each family of checkpoints. */
export const visionNames: Readonly<Record<ClipConfig["family"], VisionNames>> = {
  openai: openaiVision(true),
  openclip: openaiVision(false),
  timm: timmVision,
}

/** Names of the text tower: at the top level, or under `text.` where the image tower is timm's. */
export const clipTextNames = (family: ClipConfig["family"]): TextNames & { readonly projection: string } => {
  const prefix = family === "timm" ? "text." : ""
  return {
    tokens: `${prefix}token_embedding.weight`,
    positions: `${prefix}positional_embedding`,
    blocks: openaiBlocks(`${prefix}transformer`),
    finalNorm: `${prefix}ln_final`,
    projection: `${prefix}text_projection`,
  }
}
