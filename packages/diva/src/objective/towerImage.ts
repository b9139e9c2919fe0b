import { add, constant, mul, resizeBilinear, type Tensor } from "@diva/tensor"
import { openaiStatistics, type ChannelStatistics } from "@diva/models"
import type { Method } from "./method.ts"

const perChannel = (values: readonly number[]): Tensor => constant(values, [1, values.length, 1, 1])

const isOpenais = ({ mean, std }: ChannelStatistics): boolean =>
  mean.every((each, i) => each === openaiStatistics.mean[i]) && std.every((each, i) => each === openaiStatistics.std[i])

/** x·(s₀/s) + (m₀ − m)/s: pixels normalised by OpenAI's statistics (m₀, s₀), as others (m, s) have them. */
const normalisedBy = (x: Tensor, { mean, std }: ChannelStatistics): Tensor => {
  const scale = std.map((each, i) => openaiStatistics.std[i]! / each)
  const offset = mean.map((each, i) => (openaiStatistics.mean[i]! - each) / std[i]!)
  return add(mul(x, perChannel(scale)), perChannel(offset))
}

/**
 * What the image tower sees: the training image at the tower's own size.  images: [batch, 3, H, W], normalised by OpenAI's
 * statistics → [batch, 3, S, S]
 *
 * `towerPixels` leaves these statistics for every tower, as the original does, or gives each tower those it was made with.
 * `towerResize` is bilinear without antialiasing, as the original resizes tensors, or with it.
 * Source: DIVA models/SD_with_*.py, data/transform.py; torchvision 0.15 transforms/functional.py `resize`.
 */
export const clipImage = ({ models: { image }, switches }: Method, images: Tensor): Tensor => {
  const { imageSize, statistics = openaiStatistics } = image
  const antialias = switches.towerResize === "antialiased"
  const resized = resizeBilinear(images, [imageSize, imageSize], { antialias })
  const isOwn = switches.towerPixels === "openaiStatistics" || isOpenais(statistics)
  return isOwn ? resized : normalisedBy(resized, statistics)
}
