import {
  add,
  cast,
  div,
  exp,
  log,
  logSoftmax,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  sliceAxis,
  sum,
  type Tensor,
} from "@diva/tensor"
import { initialise, vaeEncoder, vaeEncoderParameters, type Params, type VaeConfig } from "@diva/models"
import { attributeGroupNames, attributeGroups, attributesOf, attributeWords } from "../scenes/attributes.ts"
import { signedPixels } from "./autoencoder.ts"
import type { Pretraining } from "./pretraining.ts"

/** Latent channels whose moments are one channel for each word, or one more. */
export const judgeChannels = Math.ceil(attributeWords.length / 2)

/**
 * What a picture shows: the channels of a convolutional encoder, built as a VAE's, one for each of `attributeWords`, over all places:
 * log mean exp, so that a small thing counts as much as a large one.  pixels: packed bytes of [batch, size, size, 3] → f32 [batch, words]
 */
export const attributeLogits = (vae: VaeConfig, imageSize: number): ((params: Params, pixels: Tensor) => Tensor) => {
  const encode = vaeEncoder(vae)
  return (params, pixels) => {
    const { moments } = encode(params, signedPixels(pixels, imageSize))
    return log(mean(exp(sliceAxis(moments, 1, 0, attributeWords.length)), { axis: [2, 3] }))
  }
}

/**
 * Cross-entropy to the named words of one group, the mean over captions that name any: what few captions tell counts as much as what all
 * do.  logits, named: [batch, words] → scalar
 */
const groupLoss = (logits: Tensor, named: Tensor): Tensor => {
  const count = sum(named, { axis: 1, keep: true })
  const each = sum(mul(div(named, maximum(count, 1)), logSoftmax(logits)))
  return neg(div(each, maximum(sum(minimum(count, 1)), 1)))
}

/**
 * Supervised training of a classifier of what captions name: of each group of words, the cross-entropy from the softmax of its logits to
 * the words that are named, summed over groups. It knows nothing of any CLIP, so it may judge what others draw.
 */
export const attributeClassifier = (vae: VaeConfig, imageSize: number, seed: number): Pretraining<object> => {
  const logitsOf = attributeLogits(vae, imageSize)
  return {
    name: "attributes",
    parameters: new Map(Object.entries(initialise(vaeEncoderParameters(vae), seed))),
    frozen: {},
    imageSize,
    context: attributeWords.length,
    idsOf: attributesOf,
    loss: (params, { pixels, ids }) => {
      const [logits, named] = [logitsOf(params, pixels), cast(ids, "f32")]
      let start = 0
      const losses = attributeGroupNames.map((group) => {
        const end = start + attributeGroups[group].length
        const loss = groupLoss(sliceAxis(logits, 1, start, end), sliceAxis(named, 1, start, end))
        start = end
        return loss
      })
      return losses.reduce((total, each) => add(total, each))
    },
  }
}
