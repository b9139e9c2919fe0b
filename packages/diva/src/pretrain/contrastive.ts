import { add, cast, div, equal, logSoftmax, mean, mul, neg, reshape, sum, transpose, type Tensor } from "@diva/tensor"
import { clipLogits, clipParameters, clipTextTower, clipVisionTower, initialise, type ClipConfig } from "@diva/models"
import { normalisePixels } from "../objective/pixels.ts"
import type { Pretraining } from "./pretraining.ts"

/** The ids of a caption as a row of a model's context. */
export type CaptionIds = (caption: string) => Int32Array

/**
 * Whose captions are the same: those are all right answers for one another's pictures, which short captions make frequent.
 * ids: i32 [n, context] → f32 [n, n], rows sum to one.
 */
const targetsOf = (ids: Tensor): Tensor => {
  const [n, context] = ids.shape as readonly [number, number]
  const alike = cast(equal(reshape(ids, [n, 1, context]), reshape(ids, [1, n, context])), "f32")
  const same = cast(equal(sum(alike, { axis: 2 }), context), "f32")
  return div(same, sum(same, { axis: 1, keep: true }))
}

const crossEntropyTo = (targets: Tensor, logits: Tensor): Tensor =>
  neg(mean(sum(mul(targets, logSoftmax(logits)), { axis: 1 })))

/** −½ Σ (targets · log softmax of logits) over both directions.  logits, targets: [n, n] → scalar */
export const symmetricCrossEntropy = (logits: Tensor, targets: Tensor): Tensor =>
  mul(add(crossEntropyTo(targets, logits), crossEntropyTo(targets, transpose(logits))), 0.5)

/**
 * Contrastive pre-training of a CLIP: each picture is to be closest to its own caption among the batch's, each caption to its
 * own picture; the temperature is learnt.  Source: Radford et al. 2021, figure 3.
 */
export const contrastive = (clip: ClipConfig, idsOf: CaptionIds, seed: number): Pretraining<object> => {
  const [vision, text] = [clipVisionTower(clip), clipTextTower(clip)]
  return {
    name: "contrastive",
    parameters: new Map(Object.entries(initialise(clipParameters(clip), seed))),
    frozen: {},
    imageSize: clip.vision.imageSize,
    context: clip.text.context,
    idsOf,
    loss: (params, { pixels, ids }) => {
      const images = vision(params, normalisePixels(pixels, clip.vision.imageSize)).pooled
      return symmetricCrossEntropy(clipLogits(params, images, text(params, ids)), targetsOf(ids))
    },
  }
}
