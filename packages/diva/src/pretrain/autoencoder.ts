import { abs, add, clamp, exp, mean, mul, normal, square, sub, type Tensor } from "@diva/tensor"
import { initialise, vaeDecoder, vaeEncoder, vaeParameters, type VaeConfig } from "@diva/models"
import { normalisePixels } from "../objective/pixels.ts"
import type { Pretraining } from "./pretraining.ts"

/** What the VAE sees: pixels in −1 … 1. */
export const signedPixels = (pixels: Tensor, size: number): Tensor =>
  normalisePixels(pixels, size, { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] })

/** ½ mean (μ² + σ² − 1 − log σ²): how far posteriors are from the standard normal, per element. */
const divergence = (posteriorMean: Tensor, logVariance: Tensor): Tensor =>
  mul(mean(sub(add(square(posteriorMean), exp(logVariance)), add(logVariance, 1))), 0.5)

export interface AutoencoderOptions {
  readonly imageSize: number
  /** Weight of the divergence beside the mean error of pixels. */
  readonly divergenceWeight: number
}

/**
 * Pre-training of a variational autoencoder: mean |x − x̂| + mean (x − x̂)² + weight · divergence, x̂ decoded from a sample of
 * the posterior.  Captions are not used.  Source: Kingma & Welling 2014; Rombach et al. 2022, without the adversarial part.
 */
export const autoencoder = (
  vae: VaeConfig,
  { imageSize, divergenceWeight }: AutoencoderOptions,
  seed: number,
): Pretraining<object> => {
  const [encode, decode] = [vaeEncoder(vae), vaeDecoder(vae)]
  return {
    name: "autoencoder",
    parameters: new Map(Object.entries(initialise(vaeParameters(vae), seed))),
    frozen: {},
    imageSize,
    context: 1,
    idsOf: () => new Int32Array(1),
    loss: (params, { pixels }, _frozen, key) => {
      const x = signedPixels(pixels, imageSize)
      const posterior = encode(params, x)
      const logVariance = clamp(posterior.logVariance, -30, 20)
      const noise = normal(key, posterior.mean.shape)
      const difference = sub(decode(params, add(posterior.mean, mul(exp(mul(logVariance, 0.5)), noise))), x)
      return add(
        add(mean(abs(difference)), mean(square(difference))),
        mul(divergence(posterior.mean, logVariance), divergenceWeight),
      )
    },
  }
}
