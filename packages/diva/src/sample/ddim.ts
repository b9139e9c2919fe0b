import { add, div, mul, sqrt, sub, type Tensor } from "@diva/tensor"

/** Shares of the image's variance, ᾱ, before and after one step of sampling: f32[] each. */
export interface DdimShares {
  readonly now: Tensor
  readonly next: Tensor
}

/**
 * One step of deterministic sampling:  x₀ = (x − √(1−ᾱ)·ε̂) / √ᾱ;  x′ = √ᾱ′·x₀ + √(1−ᾱ′)·ε̂.
 * latents, noise: [batch, …] → the same. Source: Song et al. 2021, equation 12 with σ = 0.
 */
export const ddimStep = (latents: Tensor, noise: Tensor, { now, next }: DdimShares): Tensor => {
  const clean = div(sub(latents, mul(sqrt(sub(1, now)), noise)), sqrt(now))
  return add(mul(sqrt(next), clean), mul(sqrt(sub(1, next)), noise))
}

/**
 * Guidance away from the prediction without a caption:  ε̂ = ε_∅ + scale·(ε_c − ε_∅). Source: Ho & Salimans 2021.
 */
export const guided = (withCaption: Tensor, without: Tensor, scale: Tensor): Tensor =>
  add(without, mul(scale, sub(withCaption, without)))

/** Timesteps of a sampling in falling order, spread evenly, the last one 1: `steps` of `total`. */
export const ddimTimesteps = (steps: number, total: number): readonly number[] =>
  Array.from({ length: steps }, (_, i) => Math.min(total - 1, Math.floor(((steps - 1 - i) * total) / steps) + 1))
