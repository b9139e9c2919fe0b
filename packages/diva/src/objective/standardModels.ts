import { mean, reshape, sliceAxis, type Tensor } from "@diva/tensor"
import {
  clipVisionParameters,
  clipVisionTower,
  halfStatistics,
  noiseSchedule,
  openaiStatistics,
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
  type VisionTower,
} from "@diva/models"
import type { ImageFeatures } from "../condition/condition.ts"
import type { ImageTower } from "../condition/imageTower.ts"
import type { DiffusionPrior, DivaModels } from "./divaModels.ts"

/** The configurations of every model of a run. */
export interface ConfigSet {
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

/** Tokens inside the tower: the class token and the patches, or the patches with their mean. */
const insideFeatures = ({ vision }: ClipConfig, tokens: Tensor): ImageFeatures =>
  vision.pooling === "class"
    ? { global: sliceAxis(tokens, 1, 0, 1), patches: withoutClassToken(tokens) }
    : { global: mean(tokens, { axis: 1, keep: true }), patches: tokens }

/** What the blocks of a tower hand on, in order. */
const blocksOf = (clip: ClipConfig, tower: VisionTower): NonNullable<ImageTower["blocks"]> => ({
  count: clip.vision.depth,
  width: clip.vision.width,
  features: (params, image, options = {}) => {
    const found: ImageFeatures[] = []
    tower(params, image, { ...options, onBlock: (tokens) => void found.push(insideFeatures(clip, tokens)) })
    return found
  },
})

const towerTitle = ({ family, vision: { depth, width, patchSize, imageSize } }: ClipConfig): string =>
  `${family} ViT of ${depth} blocks ${width} wide, patch ${patchSize}, ${imageSize} px`

const imageTower = (clip: ClipConfig): ImageTower => {
  const tower = clipVisionTower(clip)
  return {
    title: towerTitle(clip),
    blocks: blocksOf(clip, tower),
    parameters: clipVisionParameters(clip),
    imageSize: clip.vision.imageSize,
    statistics: clip.family === "timm" ? halfStatistics : openaiStatistics,
    width: clip.embedWidth,
    features: (params, image, options = {}) => featuresOf(clip, tower(params, image, options)),
  }
}

const priorTitle = ({ levels }: UnetConfig): string =>
  `latent diffusion, UNet of ${levels.map(({ channels }) => channels).join(", ")} channels`

const diffusionPrior = ({ unet: unetConfig, vae, text, noise }: Omit<ConfigSet, "clip">): DiffusionPrior => {
  const encode = vaeEncoder(vae)
  return {
    title: priorTitle(unetConfig),
    unet: { parameters: unetParameters(unetConfig), contextWidth: unetConfig.contextWidth, predict: unet(unetConfig) },
    vae: { parameters: vaeEncoderParameters(vae), posteriorMean: (params, image) => encode(params, image).mean },
    text: { parameters: sdTextParameters(text), hidden: sdTextEncoder(text) },
    noise: noiseSchedule(noise),
    latentScale: vae.latentScale,
  }
}

/** CLIP and Stable Diffusion as the method sees them. */
export const divaModels = ({ clip, ...prior }: ConfigSet): DivaModels => ({
  image: imageTower(clip),
  prior: diffusionPrior(prior),
})
