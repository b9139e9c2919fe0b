import { constant, matmul, mul, sliceAxis, squeeze, transpose, type Tensor } from "@diva/tensor"
import { clipTextTower, unitVectors, type ClipConfig, type Params } from "@diva/models"

/** The end of a text in SigLIP's vocabulary, with which it also pads. */
const sentencePieceEnd = 1

/**
 * Ids of the empty text, [1, context]. CLIP's: start, end, zeros; the last two entries of its vocabulary are start and end. SigLIP's:
 * ends alone.
 */
export const emptyTextIds = ({ family, text: { context, vocabulary } }: ClipConfig): Tensor => {
  const clipId = (i: number): number => (i < 2 ? vocabulary - 2 + i : 0)
  return constant(
    Int32Array.from({ length: context }, (_, i) => (family === "timm" ? sentencePieceEnd : clipId(i))),
    [1, context],
    "i32",
  )
}

/**
 * The classifier weight that the original overwrites at every forward pass: the unit text feature of the empty string.
 * → [1, width]. With its single class the softmax is 1 and this never reaches the loss; checkpoints carry it.
 */
export const classWeight = (config: ClipConfig, params: Params): Tensor =>
  unitVectors(clipTextTower(config)(params, emptyTextIds(config)))

/** Logits of that single class: 100 · global token · weightᵀ, the token not normalised.  retained: [batch, n, width] → [batch, 1] */
export const classLogits = (retained: Tensor, weight: Tensor): Tensor =>
  mul(matmul(squeeze(sliceAxis(retained, 1, 0, 1), 1), transpose(weight)), 100)
