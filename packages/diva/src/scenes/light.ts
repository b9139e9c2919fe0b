import type { Canvas } from "./paint.ts"
import type { Backdrop } from "./scene.ts"

/** Share by which the warmest light adds red and takes blue. */
const tint = 0.07

/** −1 … 1, a function of a pixel's place alone: a scene has the same noise wherever it is drawn. */
const noiseAt = (at: number): number => {
  let word = Math.imul(at + 1, 0x9e3779b1)
  word = Math.imul(word ^ (word >>> 15), 0x85ebca6b)
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
  return ((word ^ (word >>> 16)) >>> 0) / 2 ** 31 - 1
}

/** Puts a painted scene into its light, and adds the noise of the camera that saw it. */
export const lightUp = ({ pixels }: Canvas, { light = 1, warmth = 0, grain = 0 }: Backdrop): void => {
  const gains = [light * (1 + tint * warmth), light, light * (1 - tint * warmth)]
  for (let at = 0; at < pixels.length; at++)
    pixels[at] = (pixels[at] as number) * (gains[at % 3] as number) + grain * noiseAt(at)
}
