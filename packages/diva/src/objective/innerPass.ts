import { concat, mean, reshape, type Tensor } from "@diva/tensor"
import { addNoise, type ModelOptions, type Params } from "@diva/models"
import type { ImageFeatures } from "../condition/condition.ts"
import type { InnerDraws } from "./draws.ts"
import type { Method } from "./method.ts"

/** What the losses of inner draws are differentiated by. */
export interface InnerInputs {
  readonly features: ImageFeatures
  /** Parameters of the projection of visual tokens. */
  readonly projection: Params
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

/**
 * Some draws of the objective as one batch: retain tokens, project them, add the constant text, noise the latent, predict the
 * noise.  The loss of a draw is the mean of its elements' errors.
 */
export const innerPass = (
  { models: { prior }, condition, projection: map, textCombination, loss }: Method,
  { features, projection }: InnerInputs,
  { latent, textEmbedding, unet }: InnerConstants,
  draws: readonly InnerDraws[],
  options: ModelOptions = {},
): InnerPass => {
  const retained = concat(draws.map(({ draw }) => condition({ ...features, draw })))
  const projected = map.apply(projection, retained)
  const context = textCombination({ text: textEmbedding, visual: projected })
  const timesteps = concat(draws.map((each) => each.timesteps))
  const noise = concat(draws.map((each) => each.noise))
  const noised = addNoise(prior.noise, repeated(latent, draws.length), noise, timesteps)
  const predicted = prior.unet.predict(unet, noised, timesteps, context, options)
  const errors = loss({ predicted, noise, timesteps, schedule: prior.noise })
  return {
    retained,
    projected,
    context,
    noised,
    predicted,
    losses: mean(reshape(errors, [draws.length, -1]), { axis: 1 }),
  }
}
