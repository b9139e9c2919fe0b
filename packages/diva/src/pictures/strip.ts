import { bicubic, blackImage, resize, rgbOf, type RgbImage } from "@diva/models"
import type { HostArray } from "@diva/tensor"

/** Edge of a tile at most, pixels: a page with many stays small. */
const largestTile = 128

/** Pixels between tiles, and behind the last. */
const gap = 2

/** Edge of the tiles that pictures of some size are shown in. */
export const tileOf = (size: number): number => Math.min(size, largestTile)

/** A picture at a tile's size. */
const inTile = (picture: RgbImage, tile: number): RgbImage =>
  picture.width === tile ? picture : rgbOf(resize(picture, { width: tile, height: tile }, bicubic))

/**
 * Noise as a picture: the first three channels of a latent as red, green and blue, grey where there is none, black and white three
 * standard deviations away.  values: channels · height · width of one latent, a square each.
 */
export const noisePicture = ({ shape, data }: HostArray, index: number, tile: number): RgbImage => {
  const [, channels, , edge] = shape as readonly [number, number, number, number]
  const picture = blackImage(tile, tile)
  const area = edge * edge
  for (let y = 0; y < tile; y++)
    for (let x = 0; x < tile; x++) {
      const at = Math.floor((y * edge) / tile) * edge + Math.floor((x * edge) / tile)
      for (let c = 0; c < 3; c++) {
        const value = data[(index * channels + Math.min(c, channels - 1)) * area + at]!
        picture.data[3 * (y * tile + x) + c] = Math.max(0, Math.min(255, Math.round(127.5 + 42.5 * value)))
      }
    }
  return picture
}

/** Pictures beside each other in tiles, on black. */
export const strip = (pictures: readonly RgbImage[], tile: number): RgbImage => {
  const whole = blackImage(pictures.length * (tile + gap), tile)
  for (const [i, picture] of pictures.entries()) {
    const { data } = inTile(picture, tile)
    for (let y = 0; y < tile; y++)
      whole.data.set(data.subarray(3 * y * tile, 3 * (y + 1) * tile), 3 * (y * whole.width + i * (tile + gap)))
  }
  return whole
}
