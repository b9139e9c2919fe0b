import { add, cast, div, exp, matmul, mul, sqrt, square, sum, transpose, type Tensor } from "@diva/tensor"
import type { Layer, ModelOptions } from "../layers/layer.ts"
import { oneOfEach } from "../layers/selectByProduct.ts"
import { linearLayer, projectionLayer } from "../layers/linearLayer.ts"
import { constantParameter, parameterOf, type Parameter, type Params } from "../params/parameter.ts"
import { poolText } from "../text/poolText.ts"
import { textParameters, textTower } from "../text/textTower.ts"
import { visionParameters, visionTower, type VisionTower } from "../vit/visionTower.ts"
import type { ClipConfig } from "./clipConfig.ts"
import { clipTextNames, visionNames } from "./clipNames.ts"

/** Temperature before training, as a logarithm: logits are multiplied by 1/0.07. */
const initialLogitScale = Math.log(1 / 0.07)

const textProjection = ({ family, text, embedWidth }: ClipConfig): Layer => {
  const name = clipTextNames(family).projection
  return text.projectionBias
    ? linearLayer(name, { from: text.width, to: embedWidth })
    : projectionLayer(name, text.width, embedWidth)
}

/** Parameters of the image tower alone, under the checkpoint's names: all of them start with `visual.`. */
export const clipVisionParameters = ({ family, vision }: ClipConfig): readonly Parameter[] =>
  visionParameters(visionNames[family], vision)

/** Everything a checkpoint of this configuration holds: both towers and the logit scale (and bias). */
export const clipParameters = (config: ClipConfig): readonly Parameter[] => [
  ...clipVisionParameters(config),
  ...textParameters(clipTextNames(config.family), config.text),
  ...textProjection(config).parameters,
  constantParameter("logit_scale", [], initialLogitScale),
  ...(config.logitBias === undefined ? [] : [constantParameter("logit_bias", [], config.logitBias)]),
]

/** The image tower.  images: [batch, 3, size, size], normalised → tokens [batch, retained, embed] and pooled [batch, embed]. */
export const clipVisionTower = ({ family, vision }: ClipConfig): VisionTower => visionTower(visionNames[family], vision)

export interface TextOutput {
  /** Every token after the final norm, not projected: [batch, context, width]. */
  readonly tokens: Tensor
  /** The text as one vector, pooled and projected, not normalised: [batch, embed]. */
  readonly pooled: Tensor
}

/** The text tower with all it computes.  ids: i32 [batch, context] */
export const clipTextFeatures = (config: ClipConfig) => {
  const tower = textTower(clipTextNames(config.family), config.text)
  const projection = textProjection(config)
  return (params: Params, ids: Tensor, options: ModelOptions = {}): TextOutput => {
    const tokens = tower(params, ids, options)
    const pick = options.lookUp === undefined ? undefined : oneOfEach
    return {
      tokens,
      pooled: projection.apply({ params, ...options }, poolText(config.text.pooling, tokens, ids, pick)),
    }
  }
}

/** ids: i32 [batch, context] → [batch, embed] */
export type ClipTextTower = (params: Params, ids: Tensor, options?: ModelOptions) => Tensor

/** The text tower with pooling and projection: one vector a text, not normalised. */
export const clipTextTower = (config: ClipConfig): ClipTextTower => {
  const features = clipTextFeatures(config)
  return (params, ids, options) => features(params, ids, options).pooled
}

/** Modules of both towers' transformer blocks, first to last: what `activationsOf` and `observe` call them. */
export const clipBlocks = ({ family, vision, text }: ClipConfig) => {
  const names = (count: number, block: (index: number) => { readonly block: string }): readonly string[] =>
    Array.from({ length: count }, (_, index) => block(index).block)
  return {
    image: names(vision.depth, visionNames[family].blocks.block),
    text: names(text.depth, clipTextNames(family).blocks.block),
  }
}

/** x / ‖x‖₂ over the last axis. */
export const unitVectors = (x: Tensor): Tensor => div(x, sqrt(sum(square(x), { axis: -1, keep: true })))

/**
 * Similarities of images and texts.  e^logit_scale · cos(image, text) (+ logit_bias).
 * images: [n, embed], texts: [m, embed], neither normalised → [n, m]; transpose it for logits per text.
 */
export const clipLogits = (params: Params, images: Tensor, texts: Tensor): Tensor => {
  const cosines = matmul(unitVectors(images), transpose(unitVectors(texts)))
  const scaled = mul(cosines, exp(cast(parameterOf(params, "logit_scale"), "f32")))
  const bias = params["logit_bias"]
  return bias === undefined ? scaled : add(scaled, cast(bias, "f32"))
}
