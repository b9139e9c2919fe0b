import { secondsOf, type CostModel } from "../../../adapter/costModel.ts"
import { tileWork } from "../../tiles/laneTile.ts"
import type { Correlation } from "./correlation.ts"
import { winogradOf } from "./winogradMatrices.ts"

const wholeTiles = (features: number): number => Math.ceil(features / 32) * 32

const wholeDepth = (channels: number): number => Math.ceil(channels / 8) * 8

// Weights are read element by element, which is slower than storing what is laid out.
const layingSeconds = ({ channels, features, kernel }: Correlation, bytes: number, model: CostModel): number =>
  (4 * channels * features * kernel[0] * kernel[1] * 1.2 + bytes) / model.bytes

/** Seconds that an implicit product in tiles of so many pixels is expected to take. */
export const implicitSeconds = (correlation: Correlation, rows: number, model: CostModel): number => {
  const { batch, out, channels, features, kernel } = correlation
  const pixels = batch * out[0] * out[1]
  const taps = kernel[0] * kernel[1]
  const flops = 2 * tileWork(pixels, rows) * taps * wholeDepth(channels) * wholeTiles(features)
  const laid = 4 * taps * wholeDepth(channels) * features
  return secondsOf(model, "lanes", flops) + layingSeconds(correlation, laid, model)
}

/** Seconds that Winograd's method is expected to take, by output tiles of `tile`² and `rows` of them at a time. */
export const winogradSeconds = (correlation: Correlation, tile: number, rows: number, model: CostModel): number => {
  const { batch, out, channels, features } = correlation
  const planes = winogradOf(tile).extent ** 2
  const tiles = batch * Math.ceil(out[0] / tile) * Math.ceil(out[1] / tile)
  const flops = 2 * planes * tileWork(tiles, rows) * wholeDepth(channels) * wholeTiles(features)
  const laid = 4 * planes * (wholeDepth(channels) * features + tiles * (wholeDepth(channels) + features))
  return secondsOf(model, "lanes", flops) + layingSeconds(correlation, laid, model)
}
