import { blackImage, type RgbImage } from "./rgbImage.ts"
import { roundHalfEven } from "./roundHalfEven.ts"

/** A rectangle of whole pixels; it may reach outside the picture. */
export interface CropBox {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Cuts a rectangle out; what lies outside the picture is black. As Pillow's `Image.crop`. */
export const crop = (image: RgbImage, { left, top, width, height }: CropBox): RgbImage => {
  const cut = blackImage(width, height)
  const fromX = Math.max(0, left)
  const toX = Math.min(image.width, left + width)
  if (toX <= fromX) return cut
  for (let y = Math.max(0, top); y < Math.min(image.height, top + height); y++) {
    const row = image.data.subarray(3 * (y * image.width + fromX), 3 * (y * image.width + toX))
    cut.data.set(row, 3 * ((y - top) * width + fromX - left))
  }
  return cut
}

/** Where the crop starts along an axis. A shorter picture is padded, the odd black pixel going to the far side. */
const centred = (size: number, wanted: number): number =>
  size < wanted ? -Math.floor((wanted - size) / 2) : roundHalfEven((size - wanted) / 2)

/** The middle width × height of a picture, padded with black where it is smaller. As torchvision's `center_crop`. */
export const centreCrop = (image: RgbImage, width: number, height: number): RgbImage =>
  crop(image, { left: centred(image.width, width), top: centred(image.height, height), width, height })
