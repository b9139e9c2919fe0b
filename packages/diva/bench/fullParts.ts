import { square, sum, type Spec, type Tensor } from "@diva/tensor"
import { valueAndGrad, vjp } from "@diva/autograd"
import { specsOf } from "@diva/models"
import type { Scale } from "./microStep.ts"

type NamedWeights = Parameters<typeof specsOf>[1]

/** A part of the micro-step by itself, with what it reads. */
export interface Part {
  readonly name: string
  readonly program: (args: never) => unknown
  readonly specs: unknown
}

const f32 = (...shape: readonly number[]): Spec => ({ shape, dtype: "f32" })

/**
 * The micro-step's parts: latents of the images, the tower forward and with its gradient, the UNet on all draws forward
 * and with its gradient by the condition. What a part with gradient takes includes its forward pass.
 */
export const partsOf = ({ method, batch, imageSize }: Scale, frozen: NamedWeights): readonly Part[] => {
  const { image, prior } = method.models
  const draws = batch * method.switches.trainSteps
  const latent = imageSize / 8
  const [unet, vae, tower] = [
    specsOf(prior.unet.parameters, frozen),
    specsOf(prior.vae.parameters, frozen),
    specsOf(image.parameters),
  ]
  const pixels = f32(batch, 3, image.imageSize, image.imageSize)
  const noisy = {
    x: f32(draws, 4, latent, latent),
    t: { shape: [draws], dtype: "i32" as const },
    context: f32(draws, 77, prior.unet.contextWidth),
  }
  type Noisy = { readonly p: never; readonly x: Tensor; readonly t: Tensor; readonly context: Tensor }
  type Pixels = { readonly p: never; readonly x: Tensor }
  return [
    {
      name: "VAE encoder",
      program: ({ p, x }: Pixels) => prior.vae.posteriorMean(p, x),
      specs: { p: vae, x: f32(batch, 3, imageSize, imageSize) },
    },
    {
      name: "image tower, forward",
      program: ({ p, x }: Pixels) => image.features(p, x),
      specs: { p: tower, x: pixels },
    },
    {
      name: "image tower, forward and backward",
      program: ({ p, x }: Pixels) => {
        const [features, pull] = vjp((at: never) => image.features(at, x))(p)
        return pull(features)
      },
      specs: { p: tower, x: pixels },
    },
    {
      name: `UNet on ${draws} draws, forward`,
      program: ({ p, x, t, context }: Noisy) => prior.unet.predict(p, x, t, context),
      specs: { p: unet, ...noisy },
    },
    {
      name: `UNet on ${draws} draws, forward and backward`,
      program: ({ p, x, t, context }: Noisy) =>
        valueAndGrad((at: Tensor) => sum(square(prior.unet.predict(p, x, t, at))))(context),
      specs: { p: unet, ...noisy },
    },
  ]
}
