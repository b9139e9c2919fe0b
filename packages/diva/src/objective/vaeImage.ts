import { add, constant, mul, type Tensor } from "@diva/tensor"
import { openaiStatistics, type ChannelStatistics } from "@diva/models"
import type { Switches } from "./switches.ts"

/** ImageNet's channel statistics, with which the original takes OpenAI's normalisation back. */
export const imagenetStatistics: ChannelStatistics = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }

const perChannel = (values: readonly number[]): Tensor => constant(values, [1, values.length, 1, 1])

/**
 * What the VAE encodes: 2·(x·std + mean) − 1.  x: [batch, 3, height, width], normalised with OpenAI's statistics.
 *
 * `correct` uses the statistics x was normalised with, giving pixels in [−1, 1]. `imagenetStatistics` uses ImageNet's as
 * the original does, giving about −0.87…0.85. Source: DIVA models/utils.py VQVAEUnNormalize, config.py.
 */
export const vaeImage = (x: Tensor, kind: Switches["vaeInput"]): Tensor => {
  const { mean, std } = kind === "correct" ? openaiStatistics : imagenetStatistics
  return add(mul(add(mul(x, perChannel(std)), perChannel(mean)), 2), -1)
}
