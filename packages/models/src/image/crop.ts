import { type Picture, pixelBytes } from "./picture.ts"
import { roundHalfEven } from "./roundHalfEven.ts"

/** A rectangle of whole pixels; it may reach outside the picture. */
export interface CropBox {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

const filled = (pixels: number, bytes: number, colour: readonly number[] | undefined): Uint8Array<ArrayBuffer> => {
  const data = new Uint8Array(bytes * pixels)
  if (colour?.some((value) => value !== 0) === true)
    for (let at = 0; at < data.length; at += bytes) data.set(colour, at)
  return data
}

/**
 * Cuts a rectangle out; what lies outside the picture are zeros of its mode: black, the first colour of a palette, no ink. As
 * Pillow's `Image.crop`.
 */
export const crop = <P extends Picture>(image: P, { left, top, width, height }: CropBox): P => {
  const bytes = pixelBytes(image)
  const data = filled(width * height, bytes, image.beyond)
  const cut = { ...image, width, height, data }
  const fromX = Math.max(0, left)
  const toX = Math.min(image.width, left + width)
  if (toX <= fromX) return cut
  for (let y = Math.max(0, top); y < Math.min(image.height, top + height); y++) {
    const row = image.data.subarray(bytes * (y * image.width + fromX), bytes * (y * image.width + toX))
    data.set(row, bytes * ((y - top) * width + fromX - left))
  }
  return cut
}

/** Where the crop starts along an axis. A shorter picture is padded, the odd pixel going to the far side. */
const centred = (size: number, wanted: number): number =>
  size < wanted ? -Math.floor((wanted - size) / 2) : roundHalfEven((size - wanted) / 2)

/** The middle width × height of a picture, padded where it is smaller. As torchvision's `center_crop`. */
export const centreCrop = <P extends Picture>(image: P, width: number, height: number): P =>
  crop(image, { left: centred(image.width, width), top: centred(image.height, height), width, height })
