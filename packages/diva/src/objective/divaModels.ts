import type { Tensor } from "@diva/tensor"
import type { ModelOptions, NoiseSchedule, Parameter, Params } from "@diva/models"
import type { ImageFeatures } from "../condition/condition.ts"

/** The image tower that is trained, as the method sees it. */
export interface ImageTower {
  /** Its parameters, named as in CLIP's checkpoints: `visual.…`. */
  readonly parameters: readonly Parameter[]
  /** Edge of its square input, pixels. */
  readonly imageSize: number
  /** Width of a token after the final projection. */
  readonly width: number
  /** x: [batch, 3, imageSize, imageSize] → global token and patch tokens. */
  readonly features: (params: Params, image: Tensor, options?: ModelOptions) => ImageFeatures
}

/** The frozen parts of a latent diffusion model. */
export interface DiffusionPrior {
  readonly unet: {
    readonly parameters: readonly Parameter[]
    /** Width of the context tokens it attends to. */
    readonly contextWidth: number
    /** Noise prediction, shaped like the latent. latent: [batch, 4, h, w], timesteps: i32 [batch], context: [batch, n, contextWidth] */
    readonly predict: (
      params: Params,
      latent: Tensor,
      timesteps: Tensor,
      context: Tensor,
      options?: ModelOptions,
    ) => Tensor
  }
  readonly vae: {
    readonly parameters: readonly Parameter[]
    /** Mean of the posterior: [batch, 3, H, W] → [batch, 4, h, w] */
    readonly posteriorMean: (params: Params, image: Tensor) => Tensor
  }
  readonly text: {
    readonly parameters: readonly Parameter[]
    /** Last hidden state: i32 [batch, positions] → [batch, positions, contextWidth] */
    readonly hidden: (params: Params, ids: Tensor) => Tensor
  }
  readonly noise: NoiseSchedule
  /** What latents are multiplied by; 0.18215 for Stable Diffusion. */
  readonly latentScale: number
}

/** All models a training step computes with. */
export interface DivaModels {
  readonly image: ImageTower
  readonly prior: DiffusionPrior
}
