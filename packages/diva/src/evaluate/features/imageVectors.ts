import { reshape, sliceAxis, type Tensor } from "@diva/tensor"
import { clipTextTower, clipVisionTower, unitVectors, type ClipConfig, type Params } from "@diva/models"
import type { ImageFeatures } from "../../condition/condition.ts"
import type { ScoringRule } from "../rules/scoringRule.ts"

/** What a program that describes images takes. */
export interface ImageArguments {
  readonly params: Params
  /** f32 [batch, 3, size, size], normalised. */
  readonly images: Tensor
  /** f32 [batch, draws, patches] for rules that draw. */
  readonly shares?: Tensor
}

/** An image by its tower: the whole of it, and its patches. images: f32 [batch, 3, size, size], normalised. */
export const imageFeatures = (config: ClipConfig, params: Params, images: Tensor): ImageFeatures => {
  const { tokens, pooled } = clipVisionTower(config)(params, images)
  const patches = config.vision.pooling === "class" ? sliceAxis(tokens, 1, 1, tokens.shape[1]!) : tokens
  return { global: reshape(pooled, [pooled.shape[0]!, 1, pooled.shape[1]!]), patches }
}

/** Images as a scoring rule sees them: f32 [batch, draws, width]. */
export const imageVectors =
  (config: ClipConfig, rule: ScoringRule) =>
  ({ params, images, shares }: ImageArguments): { readonly vectors: Tensor } => ({
    vectors: rule.image({ ...imageFeatures(config, params, images), shares }),
  })

/** What a program that describes texts takes; ids: i32 [batch, context]. */
export interface TextArguments {
  readonly params: Params
  readonly ids: Tensor
}

/** Texts as unit vectors: f32 [batch, width]. */
export const textVectors =
  (config: ClipConfig) =>
  ({ params, ids }: TextArguments): { readonly vectors: Tensor } => ({
    vectors: unitVectors(clipTextTower(config)(params, ids)),
  })
