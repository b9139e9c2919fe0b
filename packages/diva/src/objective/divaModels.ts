import type { Tensor } from "@diva/tensor"
import type { ModelOptions, NoiseSchedule, Parameter, Params } from "@diva/models"
import type { ImageTower } from "../condition/imageTower.ts"

/** The frozen parts of a latent diffusion model. Any that predicts noise from (latents, timesteps, context) will do. */
export interface DiffusionPrior {
  /** Its name in manifests. */
  readonly title: string
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
