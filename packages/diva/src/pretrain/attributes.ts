import { cast, mean, mul, softplus, sub } from "@diva/tensor"
import { clipParameters, clipVisionTower, initialise, type ClipConfig } from "@diva/models"
import { attributesOf, attributeWords } from "../data/scenes/attributes.ts"
import { normalisePixels } from "../objective/pixels.ts"
import type { NamedArrays } from "../weights/namedArrays.ts"
import type { Pretraining } from "./pretraining.ts"

/** The tower's own parameters before training. */
const visualParameters = (config: ClipConfig, seed: number): NamedArrays =>
  new Map(Object.entries(initialise(clipParameters(config), seed)).filter(([name]) => name.startsWith("visual.")))

/**
 * Supervised training of an image tower whose outputs are the logits of `attributeWords`: mean over all of
 * log(1 + e^z) − y·z, y whether the caption names the word. It knows nothing of any CLIP, so it may judge what others draw.
 */
export const attributeClassifier = (config: ClipConfig, seed: number): Pretraining<object> => {
  const vision = clipVisionTower(config)
  return {
    name: "attributes",
    parameters: visualParameters(config, seed),
    frozen: {},
    imageSize: config.vision.imageSize,
    context: attributeWords.length,
    idsOf: attributesOf,
    loss: (params, { pixels, ids }) => {
      const logits = vision(params, normalisePixels(pixels, config.vision.imageSize)).pooled
      return mean(sub(softplus(logits), mul(cast(ids, "f32"), logits)))
    },
  }
}
