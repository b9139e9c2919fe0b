import { optionsOf } from "../op/options.ts"
import { dualOptions } from "../op/dual.ts"
import type { Tensor } from "../graph/tensor.ts"
import { reduceAxes } from "../op/reduction.ts"
import { add } from "./add.ts"
import { cast } from "./cast.ts"
import { mul } from "./mul.ts"
import { normalise } from "./normalise.ts"

export interface LayerNormOptions {
  /** Scale, broadcast from the right. */
  readonly weight?: Tensor
  /** Offset, broadcast from the right. */
  readonly bias?: Tensor
  /** Added to the variance; 1e-5 by default. */
  readonly eps?: number
  /** Axes to normalise over; the last by default. */
  readonly axis?: number | readonly number[]
}

/**
 * (x - μ) / √(σ² + ε) · weight + bias, with mean and biased variance over the last axis (or `axis`).
 * x: [...s, width], weight, bias: [width] → [...s, width]. The mean is an f32: around 1e8, where neighbours are 8 apart, a row's
 * differences from it are off by up to 4.
 */
export const layerNorm = dualOptions("layerNorm", (x, options: LayerNormOptions = {}) => {
  const { weight, bias, eps = 1e-5, axis = -1 } = optionsOf("layerNorm", options, ["weight", "bias", "eps", "axis"])
  const y = normalise(cast(x, "f32"), reduceAxes("layerNorm", x, { axis }), eps)
  const scaled = weight === undefined ? y : mul(y, cast(weight, "f32"))
  return bias === undefined ? scaled : add(scaled, cast(bias, "f32"))
})
