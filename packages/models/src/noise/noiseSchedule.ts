import type { Either } from "fp-ts/lib/Either.js"
import { parseConfig } from "../config/fields.ts"
import type { ModelError } from "../modelError.ts"

/** How much noise each step of the forward diffusion adds. */
export interface NoiseScheduleConfig {
  readonly steps: number
  readonly betaStart: number
  readonly betaEnd: number
  /** Whether β itself, or its square root, grows linearly. */
  readonly kind: "linear" | "scaled_linear"
}

/** Tables over steps t = 0 … steps−1, f32[steps] each. */
export interface NoiseSchedule {
  readonly steps: number
  readonly betas: Float32Array
  /** ᾱ, the share of the image's variance left at step t. */
  readonly alphasCumprod: Float32Array
  /** √ᾱ, the image's factor. */
  readonly sqrtAlphasCumprod: Float32Array
  /** √(1 − ᾱ), the noise's factor. */
  readonly sqrtOneMinusAlphasCumprod: Float32Array
}

/**
 * Reads `scheduler/scheduler_config.json` of a Stable Diffusion folder. Only noise prediction (`epsilon`) is implemented.
 * Errors: `ConfigInvalid`.
 */
export const parseNoiseSchedule = (raw: unknown): Either<ModelError, NoiseScheduleConfig> =>
  parseConfig("noise schedule", raw, ({ count, number, oneOf, only, demand }) => {
    only("prediction_type", ["epsilon"])
    only("trained_betas", [null])
    only("rescale_betas_zero_snr", [false])
    const [betaStart, betaEnd] = [number("beta_start", 0.0001), number("beta_end", 0.02)]
    demand(betaStart > 0 && betaStart < 1, "beta_start", "must lie between 0 and 1", "use the checkpoint's own")
    demand(betaEnd > 0 && betaEnd < 1, "beta_end", "must lie between 0 and 1", "use the checkpoint's own")
    return {
      steps: count("num_train_timesteps", 1000),
      betaStart,
      betaEnd,
      kind: oneOf("beta_schedule", ["linear", "scaled_linear"], "linear"),
    }
  })

const betaAt = ({ steps, betaStart, betaEnd, kind }: NoiseScheduleConfig, t: number): number => {
  const position = steps === 1 ? 0 : t / (steps - 1)
  if (kind === "linear") return betaStart + (betaEnd - betaStart) * position
  const [start, end] = [Math.sqrt(betaStart), Math.sqrt(betaEnd)]
  return (start + (end - start) * position) ** 2
}

const runningProduct = (values: readonly number[]): readonly number[] => {
  const products: number[] = []
  for (const value of values) products.push((products.at(-1) ?? 1) * value)
  return products
}

/**
 * The forward diffusion's tables.  scaled_linear: β_t = (√β₀ + (√β₁ − √β₀)·t/(steps−1))²; ᾱ_t = Π_{s≤t}(1 − β_s).
 * Computed in f64, but 1 − β and ᾱ are rounded to f32 where the reference rounds them: near t = 0 the noise's factor is a
 * small difference, which shows that rounding at 1e-5.  Source: diffusers schedulers (v0.25).
 */
export const noiseSchedule = (config: NoiseScheduleConfig): NoiseSchedule => {
  const betas = Float32Array.from({ length: config.steps }, (_, t) => betaAt(config, t))
  const alphasCumprod = Float32Array.from(runningProduct(Array.from(betas, (beta) => Math.fround(1 - beta))))
  return {
    steps: config.steps,
    betas,
    alphasCumprod,
    sqrtAlphasCumprod: alphasCumprod.map(Math.sqrt),
    sqrtOneMinusAlphasCumprod: alphasCumprod.map((share) => Math.sqrt(1 - share)),
  }
}
