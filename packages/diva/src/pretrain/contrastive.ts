import {
  add,
  cast,
  div,
  equal,
  logSoftmax,
  mean,
  mul,
  neg,
  randomIntegers,
  reshape,
  sum,
  transpose,
  type Tensor,
} from "@diva/tensor"
import {
  clipLogits,
  clipParameters,
  clipTextTower,
  clipVisionTower,
  initialise,
  patchCount,
  takeByProduct,
  type ClipConfig,
} from "@diva/models"
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

export interface ContrastiveOptions {
  /** The image tower sees one patch in this many, drawn again each update; 1 (all of them). A divisor of the number of patches. */
  readonly onePatchIn?: number
}

/**
 * Contrastive pre-training of a CLIP: each picture is to be closest to its own caption among the batch's, each caption to its
 * own picture; the temperature is learnt.  Source: Radford et al. 2021, figure 3; Li et al. 2022 for patches left out.
 */
export const contrastive = (
  clip: ClipConfig,
  idsOf: CaptionIds,
  seed: number,
  { onePatchIn = 1 }: ContrastiveOptions = {},
): Pretraining<object> => {
  const [vision, text] = [clipVisionTower(clip), clipTextTower(clip)]
  return {
    name: "contrastive",
    parameters: new Map(Object.entries(initialise(clipParameters(clip), seed))),
    frozen: {},
    imageSize: clip.vision.imageSize,
    context: clip.text.context,
    idsOf,
    loss: (params, { pixels, ids }, _frozen, key) => {
      const [patches, batch] = [patchCount(clip.vision), pixels.shape[0]!]
      const seen = onePatchIn === 1 ? undefined : randomIntegers(key, [batch, patches / onePatchIn], 0, onePatchIn)
      const images = vision(params, normalisePixels(pixels, clip.vision.imageSize), { seen }).pooled
      return symmetricCrossEntropy(
        clipLogits(params, images, text(params, ids, { lookUp: takeByProduct })),
        targetsOf(ids),
      )
    },
  }
}
