import { l1, linear, meanSquaredError, type Tensor } from "@diva/tensor"
import { addNoise, type Params } from "@diva/models"
import { combineText } from "../condition/combineText.ts"
import type { ImageFeatures } from "../condition/condition.ts"
import type { InnerDraws } from "./draws.ts"
import type { Method } from "./method.ts"

/** Weight [contextWidth, width] and bias [contextWidth] of the linear map from CLIP tokens to context. */
export interface VisualProjection {
  readonly weight: Tensor
  readonly bias: Tensor
}

/** What the loss of one inner draw is differentiated by. */
export interface InnerInputs {
  readonly features: ImageFeatures
  readonly projection: VisualProjection
}

/** What all inner draws of a micro-batch share. */
export interface InnerConstants {
  /** Scaled posterior mean, [batch, 4, h, w]. */
  readonly latent: Tensor
  /** [1, positions, contextWidth] */
  readonly textEmbedding: Tensor
  readonly unet: Params
}

/** Every quantity of one inner draw, for the loss and for comparison with a reference. */
export interface InnerPass {
  /** Retained tokens, [batch, retained, width]. */
  readonly retained: Tensor
  /** The same, projected: [batch, retained, contextWidth]. */
  readonly projected: Tensor
  readonly context: Tensor
  readonly noised: Tensor
  readonly predicted: Tensor
  readonly loss: Tensor
}

/**
 * One draw of the objective: retain tokens, project them, add the constant text, noise the latent, predict the noise.
 * loss = mean (ε̂ − ε)² or mean |ε̂ − ε| over all elements.
 */
export const innerPass = (
  { models: { prior }, condition, switches }: Method,
  { features, projection }: InnerInputs,
  { latent, textEmbedding, unet }: InnerConstants,
  { timesteps, noise, draw }: InnerDraws,
): InnerPass => {
  const retained = condition({ ...features, draw })
  const projected = linear(retained, projection.weight, projection.bias)
  const context = combineText(switches.textCombination, textEmbedding, projected)
  const noised = addNoise(prior.noise, latent, noise, timesteps)
  const predicted = prior.unet.predict(unet, noised, timesteps, context)
  const loss = (switches.loss === "mse" ? meanSquaredError : l1)(predicted, noise)
  return { retained, projected, context, noised, predicted, loss }
}
