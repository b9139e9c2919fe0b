import type { Fields } from "../config/fields.ts"
import type { VisionConfig } from "../vit/visionConfig.ts"

interface TrunkSizes {
  readonly patchSize: number
  readonly width: number
  readonly depth: number
  readonly heads: number
  readonly mlpRatio: number
}

const so400m: TrunkSizes = { patchSize: 14, width: 1152, depth: 27, heads: 16, mlpRatio: 3.7362 }

/** Sizes that timm keeps under a model's name. */
const trunks: Readonly<Record<string, TrunkSizes>> = {
  vit_so400m_patch14_siglip_224: so400m,
  vit_so400m_patch14_siglip_384: so400m,
}

const readOverride = ({ count, number, only }: Fields): TrunkSizes => {
  only("class_token", [false])
  only("global_pool", ["map"])
  return {
    patchSize: count("patch_size"),
    width: count("embed_dim"),
    depth: count("depth"),
    heads: count("num_heads"),
    mlpRatio: number("mlp_ratio", 4),
  }
}

/**
 * Reads the image tower of OpenCLIP's CustomTextCLIP with a SigLIP trunk of timm: no class token, attention pooling, no
 * projection.  Throws `ConfigInvalid`.
 */
export const readTrunk = (fields: Fields, vision: Fields, embedWidth: number): VisionConfig => {
  vision.only("timm_pool", ["map"])
  vision.only("timm_proj", ["none"])
  const name = vision.oneOf("timm_model_name", Object.keys(trunks))
  const override = "timm_tiny_override"
  const { patchSize, width, depth, heads, mlpRatio } = fields.has(override)
    ? readOverride(fields.inside(override))
    : trunks[name]!
  fields.demand(
    width === embedWidth,
    "embed_dim",
    `the trunk has no projection, so it must be its width ${width}`,
    `use ${width}`,
  )
  fields.demand(width % heads === 0, "num_heads", `must divide ${width}`, "use a divisor of it")
  return {
    imageSize: vision.count("image_size"),
    patchSize,
    width,
    depth,
    heads,
    mlpWidth: Math.trunc(width * mlpRatio),
    activation: "gelu",
    eps: 1e-6,
    patchBias: true,
    preNorm: false,
    pooling: "attention",
    outputWidth: undefined,
  }
}
