import type { Either } from "fp-ts/lib/Either.js"
import { parseConfig, type Fields } from "../config/fields.ts"
import type { ModelError } from "../modelError.ts"
import type { VisionConfig } from "../vit/visionConfig.ts"
import type { ClipConfig } from "./clipConfig.ts"
import { readTrunk } from "./timmTrunk.ts"

/** Options of OpenCLIP's vision transformer that are implemented for one value only. */
const fixedVision: Readonly<Record<string, readonly unknown[]>> = {
  attentional_pool: [false],
  global_average_pool: [false],
  input_patchnorm: [false],
  ls_init_value: [null],
  no_ln_pre: [false],
  patch_dropout: [0],
  pool_type: ["tok"],
}

const readVision = (fields: Fields, embedWidth: number, quick: boolean): VisionConfig => {
  const { count, number, only, demand } = fields
  for (const [field, values] of Object.entries(fixedVision)) only(field, values)
  const [width, headWidth, imageSize] = [count("width"), count("head_width", 64), count("image_size")]
  demand(width % headWidth === 0, "head_width", `must divide width ${width}`, "use a divisor of it")
  demand(count("patch_size") <= imageSize, "patch_size", `exceeds image_size ${imageSize}`, "use smaller patches")
  return {
    imageSize,
    patchSize: count("patch_size"),
    width,
    depth: count("layers"),
    heads: width / headWidth,
    mlpWidth: Math.trunc(width * number("mlp_ratio", 4)),
    activation: quick ? "quickGelu" : "gelu",
    eps: 1e-5,
    patchBias: false,
    preNorm: true,
    pooling: "class",
    outputWidth: embedWidth,
  }
}

const textEps = (fields: Fields): number =>
  fields.has("norm_kwargs") ? fields.inside("norm_kwargs").number("eps", 1e-5) : 1e-5

const readText = (fields: Fields, quick: boolean): ClipConfig["text"] => {
  const { count, flag, number, oneOf, only, demand } = fields
  only("hf_model_name", [null])
  only("embed_cls", [false])
  only("ls_init_value", [null])
  const [width, heads] = [count("width"), count("heads")]
  demand(width % heads === 0, "heads", `must divide width ${width}`, "use a divisor of it")
  return {
    context: count("context_length", 77),
    vocabulary: count("vocab_size", 49_408),
    width,
    depth: count("layers"),
    heads,
    mlpWidth: Math.trunc(width * number("mlp_ratio", 4)),
    activation: quick ? "quickGelu" : "gelu",
    eps: textEps(fields),
    causal: !flag("no_causal_mask", false),
    pooling: oneOf("pool_type", ["argmax", "last"], "argmax") === "last" ? "last" : "largestId",
    projectionBias: flag("proj_bias", false),
  }
}

/**
 * Reads an OpenCLIP model configuration: `embed_dim`, `quick_gelu`, `vision_cfg`, `text_cfg`, and `init_logit_bias`.
 * With `timm_model_name` in `vision_cfg` the image tower is timm's SigLIP trunk, whose sizes come with its name or in
 * `timm_tiny_override`.  Errors: `ConfigInvalid`, also for an option whose value this package does not implement.
 */
export const parseOpenClip = (raw: unknown): Either<ModelError, ClipConfig> =>
  parseConfig("OpenCLIP", raw, (fields) => {
    const embedWidth = fields.count("embed_dim")
    const quick = fields.flag("quick_gelu", false)
    const vision = fields.inside("vision_cfg")
    const timm = vision.has("timm_model_name")
    return {
      family: timm ? "timm" : "openclip",
      vision: timm ? readTrunk(fields, vision, embedWidth) : readVision(vision, embedWidth, quick),
      text: readText(fields.inside("text_cfg"), quick),
      embedWidth,
      logitBias: fields.has("init_logit_bias") ? fields.number("init_logit_bias") : undefined,
    }
  })
