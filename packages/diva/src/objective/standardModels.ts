import { reshape, sliceAxis, type Tensor } from "@diva/tensor"
import {
  clipVisionParameters,
  clipVisionTower,
  noiseSchedule,
  sdTextEncoder,
  sdTextParameters,
  unet,
  unetParameters,
  vaeEncoder,
  vaeEncoderParameters,
  type ClipConfig,
  type NoiseScheduleConfig,
  type TextConfig,
  type UnetConfig,
  type VaeConfig,
  type VisionOutput,
} from "@diva/models"
import type { ImageFeatures } from "../condition/condition.ts"
import type { DiffusionPrior, DivaModels, ImageTower } from "./divaModels.ts"

/** The configurations of every model of a run. */
export interface ModelConfigs {
  readonly clip: ClipConfig
  readonly unet: UnetConfig
  readonly vae: VaeConfig
  readonly text: TextConfig
  readonly noise: NoiseScheduleConfig
}

/** The schedule of Stable Diffusion: √β linear from √0.00085 to √0.012 over 1000 steps. */
export const stableDiffusionNoise: NoiseScheduleConfig = {
  steps: 1000,
  betaStart: 0.00085,
  betaEnd: 0.012,
  kind: "scaled_linear",
}

const withoutClassToken = (tokens: Tensor): Tensor => sliceAxis(tokens, 1, 1, tokens.shape[1]!)

const featuresOf = ({ vision }: ClipConfig, { tokens, pooled }: VisionOutput): ImageFeatures => ({
  global: reshape(pooled, [pooled.shape[0]!, 1, pooled.shape[1]!]),
  patches: vision.pooling === "class" ? withoutClassToken(tokens) : tokens,
})

const imageTower = (clip: ClipConfig): ImageTower => {
  const tower = clipVisionTower(clip)
  return {
    parameters: clipVisionParameters(clip),
    imageSize: clip.vision.imageSize,
    width: clip.embedWidth,
    features: (params, image, options = {}) => featuresOf(clip, tower(params, image, options)),
  }
}

const diffusionPrior = ({ unet: unetConfig, vae, text, noise }: Omit<ModelConfigs, "clip">): DiffusionPrior => {
  const encode = vaeEncoder(vae)
  return {
    unet: { parameters: unetParameters(unetConfig), contextWidth: unetConfig.contextWidth, predict: unet(unetConfig) },
    vae: { parameters: vaeEncoderParameters(vae), posteriorMean: (params, image) => encode(params, image).mean },
    text: { parameters: sdTextParameters(text), hidden: sdTextEncoder(text) },
    noise: noiseSchedule(noise),
    latentScale: vae.latentScale,
  }
}

/** CLIP and Stable Diffusion as the method sees them. */
export const divaModels = ({ clip, ...prior }: ModelConfigs): DivaModels => ({
  image: imageTower(clip),
  prior: diffusionPrior(prior),
})
