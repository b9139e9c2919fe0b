import { foldIn, mean, mul, normal, randomIntegers } from "@diva/tensor"
import {
  addNoise,
  initialise,
  noiseSchedule,
  sdTextEncoder,
  sdTextParameters,
  takeByProduct,
  unet,
  unetParameters,
  vaeEncoder,
  type Parameter,
  type Params,
} from "@diva/models"
import { mse, type Loss } from "../objective/loss.ts"
import type { ConfigSet } from "../objective/standardModels.ts"
import type { NamedArrays } from "../weights/namedArrays.ts"
import { signedPixels } from "./autoencoder.ts"
import type { CaptionIds } from "./contrastive.ts"
import type { Pretraining } from "./pretraining.ts"

/** Both networks train together; their names begin with these. */
export const denoisingParts = { unet: "unet.", text: "text_encoder." } as const

const fresh = (parameters: readonly Parameter[], seed: number, prefix: string) =>
  Object.entries(initialise(parameters, seed)).map(([name, array]) => [prefix + name, array] as const)

const part = (params: Params, prefix: string): Params =>
  Object.fromEntries(
    Object.entries(params).flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor] as const] : [],
    ),
  )

export interface DenoisingOptions {
  readonly imageSize: number
  /** Share of captions replaced by the empty one, so that the model can be guided away from it. */
  readonly captionDropout: number
  /** Error of the predicted noise; `mse`. Weighted by `minSnr`, shapes are learnt in fewer updates. */
  readonly loss?: Loss
}

/**
 * Pre-training of a text-conditioned latent diffusion model on a frozen VAE: the mean of `loss`, (ε̂ − ε)², over latents noised at uniform
 * timesteps, the UNet attending to the text encoder's last hidden state; both are trained.
 * Source: Rombach et al. 2022, equation 3; Ho & Salimans 2021 for dropped captions.
 */
export const denoising = (
  { unet: unetConfig, vae, text, noise }: Omit<ConfigSet, "clip">,
  vaeWeights: NamedArrays,
  idsOf: CaptionIds,
  { imageSize, captionDropout, loss: error = mse }: DenoisingOptions,
  seed: number,
): Pretraining<{ readonly vae: Params }> => {
  const [predict, hidden, encode] = [unet(unetConfig), sdTextEncoder(text), vaeEncoder(vae)]
  const schedule = noiseSchedule(noise)
  return {
    name: "denoising",
    parameters: new Map([
      ...fresh(unetParameters(unetConfig), seed, denoisingParts.unet),
      ...fresh(sdTextParameters(text), seed + 1, denoisingParts.text),
    ]),
    frozen: { vae: Object.fromEntries(vaeWeights) },
    imageSize,
    context: text.context,
    idsOf: (caption, draw) => idsOf(draw < captionDropout ? "" : caption),
    loss: (params, { pixels, ids }, frozen, key) => {
      const latents = mul(encode(frozen.vae, signedPixels(pixels, imageSize)).mean, vae.latentScale)
      const steps = randomIntegers(foldIn(key, 0), [latents.shape[0]!], 0, schedule.steps)
      const drawn = normal(foldIn(key, 1), latents.shape)
      const context = hidden(part(params, denoisingParts.text), ids, { lookUp: takeByProduct })
      const predicted = predict(
        part(params, denoisingParts.unet),
        addNoise(schedule, latents, drawn, steps),
        steps,
        context,
      )
      return mean(error({ predicted, noise: drawn, timesteps: steps, schedule }))
    },
  }
}
