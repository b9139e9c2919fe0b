import { add, constant, mul, reshape, take, type Tensor } from "@diva/tensor"
import type { NoiseSchedule } from "./noiseSchedule.ts"

const perSample = (table: Float32Array, steps: Tensor, rank: number): Tensor =>
  reshape(take(constant(table), steps), [steps.shape[0]!, ...new Array<number>(rank - 1).fill(1)])

/**
 * The latent at step t of the forward diffusion: √ᾱ_t·latents + √(1−ᾱ_t)·noise, t per sample.
 * latents, noise: [batch, ...], steps: i32 [batch] in 0 … schedule.steps−1 → latents' shape.
 */
export const addNoise = (schedule: NoiseSchedule, latents: Tensor, noise: Tensor, steps: Tensor): Tensor => {
  const rank = latents.shape.length
  const image = mul(perSample(schedule.sqrtAlphasCumprod, steps, rank), latents)
  return add(image, mul(perSample(schedule.sqrtOneMinusAlphasCumprod, steps, rank), noise))
}
