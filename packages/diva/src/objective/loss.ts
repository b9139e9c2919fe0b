import {
  abs,
  clamp,
  constant,
  div,
  less,
  minimum,
  mul,
  reshape,
  select,
  square,
  sub,
  take,
  type Tensor,
} from "@diva/tensor"
import type { NoiseSchedule } from "@diva/models"
import { above0, requireNumber } from "../requireNumber.ts"
import { titled, titleOf, type Titled } from "../titled.ts"

/** What an error is made of. */
export interface LossInputs {
  /** The diffusion model's prediction of the noise, [rows, channels, h, w]. */
  readonly predicted: Tensor
  readonly noise: Tensor
  /** i32 [rows] */
  readonly timesteps: Tensor
  readonly schedule: NoiseSchedule
}

/**
 * The error of a noise prediction: one number an element, like `noise`, or one a row, [rows]. A draw's loss is its mean. Any
 * function will do that treats rows one by one: rows are computed in parts that it cannot see.
 */
export interface Loss extends Titled {
  (inputs: LossInputs): Tensor
}

/** (ε̂ − ε)². The original's. */
export const mse: Loss = titled("mse", ({ predicted, noise }: LossInputs) => square(sub(predicted, noise)))

/** |ε̂ − ε| */
export const l1: Loss = titled("l1", ({ predicted, noise }: LossInputs) => abs(sub(predicted, noise)))

/** ½d² for |d| < δ, else δ(|d| − ½δ), d = ε̂ − ε; δ above 0. Source: Huber 1964; torch.nn.HuberLoss. Throws `InvalidAttribute`. */
export const huber = (delta = 1): Loss => {
  requireNumber("huber", "delta", delta, above0)
  return titled(`huber(${delta})`, ({ predicted, noise }: LossInputs) => {
    const difference = sub(predicted, noise)
    const size = abs(difference)
    return select(less(size, delta), mul(square(difference), 0.5), mul(sub(size, 0.5 * delta), delta))
  })
}

/** Signal-to-noise ratio ᾱ_t / (1 − ᾱ_t) at each step. */
const signalToNoise = ({ alphasCumprod }: NoiseSchedule): Float32Array =>
  alphasCumprod.map((share) => share / (1 - share))

/**
 * `base` weighted by min(snr_t, γ)/snr_t, γ above 0: easy, nearly clean latents count less. For noise prediction.
 * Source: Hang et al., arXiv 2303.09556, §3.4. Throws `InvalidAttribute`.
 */
export const minSnr = (gamma = 5, base: Loss = mse): Loss => {
  requireNumber("minSnr", "gamma", gamma, above0)
  return titled(`minSnr(${gamma})${titleOf(base) === "mse" ? "" : ` of ${titleOf(base)}`}`, (inputs: LossInputs) => {
    const ratio = take(constant(signalToNoise(inputs.schedule)), inputs.timesteps)
    const weight = div(minimum(ratio, gamma), clamp(ratio, 1e-12, Infinity))
    const error = base(inputs)
    return mul(error, reshape(weight, [weight.shape[0]!, ...new Array<number>(error.shape.length - 1).fill(1)]))
  })
}
