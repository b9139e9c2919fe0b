import { add, cast, concat, constant, cos, mul, pad, reshape, round, silu, sin, sub, type Tensor } from "@diva/tensor"
import { layer, parametersOf, type Layer } from "../layers/layer.ts"
import { linearLayer } from "../layers/linearLayer.ts"

/** Frequencies in turns per step, e^(−ln(10⁴)·i/(half − shift))/2π for i = 0 … half−1. */
const turnsPerStep = (half: number, shift: number): readonly number[] =>
  Array.from({ length: half }, (_, i) => Math.exp((-Math.log(10_000) * i) / (half - shift)) / (2 * Math.PI))

// 12 significant bits: their product with a step below 4096 is exact in f32.
const upperBits = (value: number): number => {
  const unit = 2 ** (Math.floor(Math.log2(value)) - 11)
  return Math.round(value / unit) * unit
}

const fraction = (turns: Tensor): Tensor => sub(turns, round(turns))

/**
 * Angles in radians within −π … π, steps·frequency.  steps: f32 [batch, 1] → [batch, half].
 * Whole turns are taken off before they can cost precision: sin and cos of a large argument are inexact on many
 * adapters, and 999 radians in f32 are uncertain by 3e-5 already.
 */
const angles = (steps: Tensor, half: number, shift: number): Tensor => {
  const turns = turnsPerStep(half, shift)
  const upper = turns.map(upperBits)
  const lower = turns.map((value, i) => value - upper[i]!)
  const whole = fraction(mul(steps, constant(upper, [1, half])))
  return mul(fraction(add(whole, mul(steps, constant(lower, [1, half])))), 2 * Math.PI)
}

export interface TimeFeatures {
  readonly width: number
  readonly cosineFirst: boolean
  /** Subtracted from the half width in the frequencies' exponent (diffusers `freq_shift`). */
  readonly shift: number
}

/**
 * Sinusoidal features of a time step: cosines then sines (or the reverse) of t·10000^(−i/(half−shift)).
 * steps: integer or f32 [batch] → f32 [batch, width]; an odd width ends in a zero.
 * Source: diffusers models/embeddings.py get_timestep_embedding (v0.25).
 */
export const timeFeatures = (steps: Tensor, { width, cosineFirst, shift }: TimeFeatures): Tensor => {
  const batch = steps.shape[0]!
  const column = reshape(cast(steps, "f32"), [batch, 1])
  const angle = angles(column, Math.floor(width / 2), shift)
  const pair = concat(cosineFirst ? [cos(angle), sin(angle)] : [sin(angle), cos(angle)], 1)
  return pad(pair, { high: [0, width % 2] })
}

/** linear_2(silu(linear_1(features))).  features: [batch, from] → [batch, to] */
export const timeEmbedding = (name: string, from: number, to: number): Layer => {
  const first = linearLayer(`${name}.linear_1`, { from, to })
  const second = linearLayer(`${name}.linear_2`, { from: to, to })
  return layer(name, parametersOf([first, second]), (run, features: Tensor) =>
    second.apply(run, silu(first.apply(run, features))),
  )
}
