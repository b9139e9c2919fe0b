import { checkpoint } from "@diva/autograd"
import type { ModelOptions } from "@diva/models"

/** Models whose intermediate results a step may compute again in reverse mode instead of keeping them. */
export type Recomputed = "imageTower" | "unet"

/**
 * How a micro-step is computed: it changes time, memory and the last places of the numbers, never what is computed. Losses
 * and gradients of any two executions agree to rounding; one execution repeats bit for bit.
 */
export interface Execution {
  /** Images of a micro-batch that go through VAE and UNet together; the image tower always sees all of them. */
  readonly images: number
  /**
   * Inner draws of those images that go through the UNet as one batch. Its weights are then read, staged and transformed
   * once for all of them, and its intermediates are held for all of them at a time.
   */
  readonly draws: number
  readonly recompute: readonly Recomputed[]
}

/** Latents of 64 × 64 that go through the UNet together where nothing else is asked for. */
export const latentsTogether = 4

const largestPart = (whole: number, most: number): number => Math.min(whole, Math.max(1, most))

/**
 * What is done where nothing is asked for: an image's draws together, and as many images as make four latents. Larger
 * batches of the UNet gain nothing on a processor that would pay for their memory; a GPU they fill better (`latents`).
 */
export const defaultExecution = (batch: number, trainSteps: number, latents: number = latentsTogether): Execution => {
  const draws = largestPart(trainSteps, latents)
  return { images: largestPart(batch, Math.floor(latents / draws)), draws, recompute: [] }
}

/** The options that describe a model under an execution. */
export const modelOptions = ({ recompute }: Execution, model: Recomputed): ModelOptions =>
  recompute.includes(model) ? { remat: checkpoint } : {}
