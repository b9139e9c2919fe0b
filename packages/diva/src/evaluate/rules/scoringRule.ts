import { matmul, mean, type Tensor } from "@diva/tensor"
import { unitVectors } from "@diva/models"
import type { ImageFeatures } from "../../condition/condition.ts"

/** What a rule makes an image's vector of. */
export interface RuleInputs extends ImageFeatures {
  /**
   * Means of patches, for rules that draw: f32 [batch, draws, patches], each row the share of the draw that fell on each
   * patch. Undefined for rules that draw none.
   */
  readonly shares: Tensor | undefined
}

/** Scale and offset of a model's similarities, as its checkpoint holds them. */
export interface Temperature {
  /** e^logit_scale */
  readonly scale: number
  /** logit_bias; 0 where the model has none. */
  readonly bias: number
}

/**
 * A way to compare images with texts: how a tower's tokens become one vector, and how its product with a text's unit vector
 * becomes a logit. Any value of this form will do; its title names it in results and in the cache, so another rule needs
 * another title.
 */
export interface ScoringRule {
  readonly title: string
  /** How many patches one draw takes, with replacement, of those an image has; undefined where the rule draws none. */
  readonly drawn?: (patches: number) => number
  /** The image as vectors, one for each draw: f32 [batch, draws, width]; of rules that draw none [batch, 1, width]. */
  readonly image: (inputs: RuleInputs) => Tensor
  readonly logit: (similarity: number, temperature: Temperature) => number
}

/** Mean of the drawn patches for each draw: [batch, draws, width]. */
export const drawnMeans = (shares: Tensor | undefined, patches: Tensor): Tensor =>
  shares === undefined ? mean(patches, { axis: 1, keep: true }) : matmul(shares, patches)

/** Every token as a unit vector. */
export const unitTokens = unitVectors
