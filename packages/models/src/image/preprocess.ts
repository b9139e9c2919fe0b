import { centreCrop } from "./crop.ts"
import { bicubic, type ResampleFilter } from "./resize/resampleFilter.ts"
import { resize } from "./resize/resize.ts"
import type { Picture } from "./picture.ts"

/** Resizes so that the shorter edge is `size`; the longer is ⌊size · long / short⌋. As torchvision's `Resize(size)`. */
export const shortestEdge = <P extends Picture>(image: P, size: number, filter: ResampleFilter = bicubic): P => {
  const long = (longEdge: number, shortEdge: number): number => Math.floor((size * longEdge) / shortEdge)
  return image.width <= image.height
    ? resize(image, { width: size, height: long(image.height, image.width) }, filter)
    : resize(image, { width: long(image.width, image.height), height: size }, filter)
}

/** Resizes to size × size whatever the aspect: what SigLIP towers are evaluated with. */
export const squash = <P extends Picture>(image: P, size: number, filter: ResampleFilter = bicubic): P =>
  resize(image, { width: size, height: size }, filter)

/** Shorter edge to `size`, then the middle square: what OpenAI, MetaCLIP and DFN towers are evaluated with. */
export const fitAndCrop = <P extends Picture>(image: P, size: number, filter: ResampleFilter = bicubic): P =>
  centreCrop(shortestEdge(image, size, filter), size, size)
