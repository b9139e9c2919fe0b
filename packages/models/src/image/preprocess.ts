import { centreCrop } from "./crop.ts"
import { bicubic, type ResampleFilter } from "./resampleFilter.ts"
import { resize } from "./resize.ts"
import type { RgbImage } from "./rgbImage.ts"

/** Resizes so that the shorter edge is `size`; the longer is ⌊size · long / short⌋. As torchvision's `Resize(size)`. */
export const shortestEdge = (image: RgbImage, size: number, filter: ResampleFilter = bicubic): RgbImage => {
  const long = (longEdge: number, shortEdge: number): number => Math.floor((size * longEdge) / shortEdge)
  return image.width <= image.height
    ? resize(image, { width: size, height: long(image.height, image.width) }, filter)
    : resize(image, { width: long(image.width, image.height), height: size }, filter)
}

/** Resizes to size × size whatever the aspect: what SigLIP towers are evaluated with. */
export const squash = (image: RgbImage, size: number, filter: ResampleFilter = bicubic): RgbImage =>
  resize(image, { width: size, height: size }, filter)

/** Shorter edge to `size`, then the middle square: what OpenAI, MetaCLIP and DFN towers are evaluated with. */
export const fitAndCrop = (image: RgbImage, size: number, filter: ResampleFilter = bicubic): RgbImage =>
  centreCrop(shortestEdge(image, size, filter), size, size)
