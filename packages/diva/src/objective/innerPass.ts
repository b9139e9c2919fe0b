import { abs, concat, linear, mean, reshape, square, sub, type Tensor } from "@diva/tensor"
import { addNoise, type ModelOptions, type Params } from "@diva/models"
import { combineText } from "../condition/combineText.ts"
import type { ImageFeatures } from "../condition/condition.ts"
import type { InnerDraws } from "./draws.ts"
import type { Method } from "./method.ts"
import type { Switches } from "./switches.ts"

/** Weight [contextWidth, width] and bias [contextWidth] of the linear map from CLIP tokens to context. */
export interface VisualProjection {
  readonly weight: Tensor
  readonly bias: Tensor
}

/** What the losses of inner draws are differentiated by. */
export interface InnerInputs {
  readonly features: ImageFeatures
  readonly projection: VisualProjection
}

/** What inner draws that are computed together share. */
export interface InnerConstants {
  /** Scaled posterior mean, [batch, 4, h, w]. */
  readonly latent: Tensor
  /** [1, positions, contextWidth] */
  readonly textEmbedding: Tensor
  readonly unet: Params
}

/** Every quantity of some inner draws, for their losses and for comparison with a reference. Draws follow one another in a batch. */
export interface InnerPass {
  /** Retained tokens, [draws · batch, retained, width]. */
  readonly retained: Tensor
  /** The same, projected: [draws · batch, retained, contextWidth]. */
  readonly projected: Tensor
  readonly context: Tensor
  readonly noised: Tensor
  readonly predicted: Tensor
  /** [draws] */
  readonly losses: Tensor
}

const repeated = (x: Tensor, times: number): Tensor => concat(new Array<Tensor>(times).fill(x))

/** (ε̂ − ε)² or |ε̂ − ε|, its mean over all elements of each draw. */
const lossesOf = (loss: Switches["loss"], predicted: Tensor, noise: Tensor, draws: number): Tensor => {
  const difference = reshape(sub(predicted, noise), [draws, -1])
  return mean(loss === "mse" ? square(difference) : abs(difference), { axis: 1 })
}

/**
 * Some draws of the objective as one batch: retain tokens, project them, add the constant text, noise the latent, predict the
 * noise.  loss = mean (ε̂ − ε)² or mean |ε̂ − ε| over all elements of a draw.
 */
export const innerPass = (
  { models: { prior }, condition, switches }: Method,
  { features, projection }: InnerInputs,
  { latent, textEmbedding, unet }: InnerConstants,
  draws: readonly InnerDraws[],
  options: ModelOptions = {},
): InnerPass => {
  const retained = concat(draws.map(({ draw }) => condition({ ...features, draw })))
  const projected = linear(retained, projection.weight, projection.bias)
  const context = combineText(switches.textCombination, textEmbedding, projected)
  const timesteps = concat(draws.map((each) => each.timesteps))
  const noise = concat(draws.map((each) => each.noise))
  const noised = addNoise(prior.noise, repeated(latent, draws.length), noise, timesteps)
  const predicted = prior.unet.predict(unet, noised, timesteps, context, options)
  return {
    retained,
    projected,
    context,
    noised,
    predicted,
    losses: lossesOf(switches.loss, predicted, noise, draws.length),
  }
}
