import type { Either } from "fp-ts/lib/Either.js"
import { parseConfig, type Fields } from "../config/fields.ts"
import type { ModelError } from "../modelError.ts"
import type { VisionConfig } from "../vit/visionConfig.ts"
import type { ClipConfig } from "./clipConfig.ts"

/** openai/CLIP has no argument for it: both towers' heads are 64 wide. */
const headWidth = 64

const readVision = ({ count, demand }: Fields): VisionConfig => {
  const [width, imageSize, patchSize] = [count("vision_width"), count("image_resolution"), count("vision_patch_size")]
  const heads = Math.floor(width / headWidth)
  demand(
    heads > 0 && width % heads === 0,
    "vision_width",
    `${width} cannot be split into heads of ${headWidth}`,
    "use a multiple of 64",
  )
  demand(patchSize <= imageSize, "vision_patch_size", `exceeds image_resolution ${imageSize}`, "use smaller patches")
  return {
    imageSize,
    patchSize,
    width,
    depth: count("vision_layers"),
    heads,
    mlpWidth: 4 * width,
    activation: "quickGelu",
    eps: 1e-5,
    patchBias: false,
    preNorm: true,
    pooling: "class",
    outputWidth: count("embed_dim"),
  }
}

const readText = ({ count, demand }: Fields): ClipConfig["text"] => {
  const [width, heads] = [count("transformer_width"), count("transformer_heads")]
  demand(width % heads === 0, "transformer_heads", `must divide transformer_width ${width}`, "use a divisor of it")
  return {
    context: count("context_length"),
    vocabulary: count("vocab_size"),
    width,
    depth: count("transformer_layers"),
    heads,
    mlpWidth: 4 * width,
    activation: "quickGelu",
    eps: 1e-5,
    causal: true,
    pooling: "largestId",
    projectionBias: false,
  }
}

/**
 * Reads the constructor arguments of openai/CLIP's `CLIP` with a vision transformer: `embed_dim`, `image_resolution`,
 * `vision_layers`, `vision_width`, `vision_patch_size`, `context_length`, `vocab_size`, `transformer_width`,
 * `transformer_heads`, `transformer_layers`.  Errors: `ConfigInvalid`; ResNet towers (a list of layers) are refused.
 */
export const parseOpenaiClip = (raw: unknown): Either<ModelError, ClipConfig> =>
  parseConfig("OpenAI CLIP", raw, (fields) => ({
    family: "openai",
    vision: readVision(fields),
    text: readText(fields),
    embedWidth: fields.count("embed_dim"),
    logitBias: undefined,
  }))
