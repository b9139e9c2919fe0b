import type { RgbImage } from "./rgbImage.ts"

/** Mean and standard deviation of the three channels, for pixels scaled to 0 … 1. */
export interface ChannelStatistics {
  readonly mean: readonly [number, number, number]
  readonly std: readonly [number, number, number]
}

/** OpenAI's statistics; DIVA trains every flavour with them. Source: openai/CLIP clip.py `_transform`. */
export const openaiStatistics: ChannelStatistics = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
}

/** −1 … 1: what SigLIP towers are evaluated with. */
export const halfStatistics: ChannelStatistics = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] }

/** (v/255 − mean) / std for v = 0 … 255, each operation rounded to f32 as the reference's tensors are. */
const levels = (mean: number, std: number): Float32Array =>
  Float32Array.from({ length: 256 }, (_, v) => Math.fround(Math.fround(v / 255) - Math.fround(mean)) / Math.fround(std))

const fillPlane = (plane: Float32Array, data: Uint8Array, channel: number, table: Float32Array): void => {
  for (let i = 0; i < plane.length; i++) plane[i] = table[data[3 * i + channel] as number] as number
}

/** Pixels [H, W, 3] of 0 … 255 → (v/255 − mean)/std as f32 [3, H, W]. */
export const normalise = (
  { width, height, data }: RgbImage,
  { mean, std }: ChannelStatistics = openaiStatistics,
): Float32Array<ArrayBuffer> => {
  const size = width * height
  const planes = new Float32Array(3 * size)
  for (const channel of [0, 1, 2] as const)
    fillPlane(planes.subarray(channel * size, (channel + 1) * size), data, channel, levels(mean[channel], std[channel]))
  return planes
}
