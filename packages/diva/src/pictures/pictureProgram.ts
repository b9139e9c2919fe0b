import { constant, div, mul, sub, type Tensor } from "@diva/tensor"
import type { Params, VaeConfig } from "@diva/models"
import { innerPass } from "../objective/innerPass.ts"
import { keyedDraws } from "../objective/keyedDraws.ts"
import type { Method } from "../objective/method.ts"
import { latentOf, projectionOf } from "../objective/microStep.ts"
import { normalisePixels } from "../objective/pixels.ts"
import { fixedTimesteps } from "../objective/timesteps.ts"
import { clipImage } from "../objective/towerImage.ts"
import { decodedPixels } from "../sample/decodedPixels.ts"
import type { MachineProgram } from "../train/machine/machineRun.ts"

/** Shares of the noise schedule at which pictures are made: with 1000 steps 100, 400 and 700. */
const shares = [0.1, 0.4, 0.7] as const

/** The timesteps at which pictures are made. */
export const pictureTimesteps = ({ models: { prior } }: Method): readonly number[] =>
  shares.map((share) => Math.round(share * prior.noise.steps))

/** One image, and what its draws follow from. */
export interface PredictArguments {
  /** Packed bytes of one picture: u32 [1, size·size·3/4]. */
  readonly pixels: Tensor
  /** u32[2] */
  readonly root: Tensor
  /** Place of the image among those of which pictures are made: u32[]. */
  readonly place: Tensor
}

/** What the diffusion model makes of an image at each timestep: f32 [timesteps, channels, h, w] each. */
export interface Predicted {
  readonly noised: Tensor
  readonly noise: Tensor
  /** x₀ = (x − √(1−ᾱ)·ε̂) / √ᾱ */
  readonly denoised: Tensor
  /** The loss of each: f32 [timesteps]. */
  readonly errors: Tensor
}

const cleaned = (method: Method, noised: Tensor, noise: Tensor): Tensor => {
  const kept = pictureTimesteps(method).map((step) => method.models.prior.noise.alphasCumprod[step]!)
  const column = (of: (share: number) => number): Tensor => constant(kept.map(of), [kept.length, 1, 1, 1])
  return div(
    sub(
      noised,
      mul(
        noise,
        column((share) => Math.sqrt(1 - share)),
      ),
    ),
    column(Math.sqrt),
  )
}

/** A number that no update has, so that these draws are not the training's. */
const noUpdate = 2 ** 32 - 1

/** The method's own pass, at given timesteps instead of drawn ones, without a gradient. */
export const predictProgram = (method: Method, imageSize: number): MachineProgram<PredictArguments, Predicted> => {
  const timesteps = pictureTimesteps(method)
  const inner: Method = {
    ...method,
    timesteps: fixedTimesteps(...timesteps),
    switches: { ...method.switches, trainSteps: timesteps.length, noise: "perInnerDraw" },
  }
  return {
    name: "pictures",
    describe: ({ trainable, frozen }, { pixels, root, place }) => {
      const images = normalisePixels(pixels, imageSize)
      const latent = latentOf(inner, frozen.vae, images)
      const features = inner.tokens.features(inner.models.image, trainable.class_model.model, clipImage(inner, images))
      const draws = keyedDraws(inner, { root, update: constant(noUpdate, [], "u32"), first: place }, 1)
      const { noised, predicted, losses } = innerPass(
        inner,
        { features, projection: projectionOf(trainable, frozen) },
        { latent, textEmbedding: frozen.textEmbedding, unet: frozen.unet },
        draws(latent.shape.slice(1)),
      )
      return { noised, noise: predicted, denoised: cleaned(inner, noised, predicted), errors: losses }
    },
  }
}

/** Latents, with the decoder's weights. */
export interface DecodeArguments {
  readonly decoder: Params
  readonly latents: Tensor
}

/** Latents as pictures. */
export const decodeProgram = (vae: VaeConfig): MachineProgram<DecodeArguments, { readonly pixels: Tensor }> => ({
  name: "decoded pictures",
  describe: (_held, { decoder, latents }) => ({ pixels: decodedPixels(vae, decoder, latents) }),
})
