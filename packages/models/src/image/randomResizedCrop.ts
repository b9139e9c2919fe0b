import { crop, type CropBox } from "./crop.ts"
import { bicubic, type ResampleFilter } from "./resize/resampleFilter.ts"
import { type Picture, rgbOf } from "./picture.ts"
import { resize } from "./resize/resize.ts"
import type { RgbImage } from "./rgbImage.ts"
import { roundHalfEven } from "./roundHalfEven.ts"

/** The draw-th of independent uniform numbers in [0, 1): a pure function, so that a crop can be repeated. */
export type Uniforms = (draw: number) => number

export interface CropRanges {
  /** Share of the picture's area. */
  readonly area: readonly [number, number]
  /** Width over height. */
  readonly aspect: readonly [number, number]
}

/** The ranges DIVA trains with. Source: spec §6, "Data pipeline". */
export const divaCropRanges: CropRanges = { area: [0.9, 1], aspect: [3 / 4, 4 / 3] }

interface Size {
  readonly width: number
  readonly height: number
}

const tries = 10
const drawsPerTry = 4

const between = ([low, high]: readonly [number, number], u: number): number => low + (high - low) * u

const sizeOfTry = (image: Size, { area, aspect }: CropRanges, uniforms: Uniforms, draw: number): Size => {
  const target = image.width * image.height * between(area, uniforms(draw))
  const ratio = Math.exp(between([Math.log(aspect[0]), Math.log(aspect[1])], uniforms(draw + 1)))
  return { width: roundHalfEven(Math.sqrt(target * ratio)), height: roundHalfEven(Math.sqrt(target / ratio)) }
}

const fits = ({ width, height }: Size, image: Size): boolean =>
  width > 0 && height > 0 && width <= image.width && height <= image.height

/** The largest centred crop whose aspect is in range. */
const fallback = (image: Size, [narrowest, widest]: readonly [number, number]): CropBox => {
  const aspect = image.width / image.height
  const width = aspect > widest ? roundHalfEven(image.height * widest) : image.width
  const height = aspect < narrowest ? roundHalfEven(image.width / narrowest) : image.height
  return { left: Math.floor((image.width - width) / 2), top: Math.floor((image.height - height) / 2), width, height }
}

/**
 * A random rectangle: area uniform, log aspect uniform, position uniform; up to ten tries, then the largest centred
 * crop. Try k uses draws 4k … 4k+3 (area, aspect, top, left).
 * Source: torchvision 0.15 transforms.py, RandomResizedCrop.get_params.
 */
export const randomCropBox = (image: Size, ranges: CropRanges, uniforms: Uniforms): CropBox => {
  for (let draw = 0; draw < tries * drawsPerTry; draw += drawsPerTry) {
    const size = sizeOfTry(image, ranges, uniforms, draw)
    if (!fits(size, image)) continue
    const top = Math.floor(uniforms(draw + 2) * (image.height - size.height + 1))
    const left = Math.floor(uniforms(draw + 3) * (image.width - size.width + 1))
    return { left, top, ...size }
  }
  return fallback(image, ranges.aspect)
}

/** Cuts a random rectangle and resizes it to size × size, in the picture's own mode; RGB comes last. */
export const randomResizedCrop = (
  image: Picture,
  size: number,
  uniforms: Uniforms,
  ranges: CropRanges = divaCropRanges,
  filter: ResampleFilter = bicubic,
): RgbImage => rgbOf(resize(crop(image, randomCropBox(image, ranges, uniforms)), { width: size, height: size }, filter))
