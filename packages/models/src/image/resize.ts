import { bicubic, type ResampleFilter } from "./resampleFilter.ts"
import { fractionBits, resampleTaps, type Taps } from "./resampleTaps.ts"
import type { RgbImage } from "./rgbImage.ts"

const half = 1 << (fractionBits - 1)

/** One row of RGB pixels, resampled along x. `clamped` saturates to 0 … 255 on assignment. */
const resampleRow = (data: Uint8Array, row: number, taps: Taps, clamped: Uint8ClampedArray, out: number): void => {
  const { first, count, weights, stride } = taps
  for (let x = 0; x < first.length; x++) {
    let red = half
    let green = half
    let blue = half
    const from = row + 3 * (first[x] as number)
    const taken = count[x] as number
    for (let i = 0; i < taken; i++) {
      const weight = weights[x * stride + i] as number
      red = (red + Math.imul(weight, data[from + 3 * i] as number)) | 0
      green = (green + Math.imul(weight, data[from + 3 * i + 1] as number)) | 0
      blue = (blue + Math.imul(weight, data[from + 3 * i + 2] as number)) | 0
    }
    clamped[out + 3 * x] = red >> fractionBits
    clamped[out + 3 * x + 1] = green >> fractionBits
    clamped[out + 3 * x + 2] = blue >> fractionBits
  }
}

const resampleWidth = (image: RgbImage, width: number, filter: ResampleFilter): RgbImage => {
  if (width === image.width) return image
  const taps = resampleTaps(image.width, width, filter)
  const data = new Uint8Array(3 * width * image.height)
  const clamped = new Uint8ClampedArray(data.buffer)
  for (let y = 0; y < image.height; y++) resampleRow(image.data, 3 * image.width * y, taps, clamped, 3 * width * y)
  return { width, height: image.height, data }
}

/** One row of output bytes, resampled along y from the rows of `taps` at output row y. */
const resampleColumns = (
  data: Uint8Array,
  rowBytes: number,
  taps: Taps,
  y: number,
  clamped: Uint8ClampedArray,
): void => {
  const from = rowBytes * (taps.first[y] as number)
  const taken = taps.count[y] as number
  const weights = taps.weights.subarray(y * taps.stride, y * taps.stride + taken)
  for (let i = 0; i < rowBytes; i++) {
    let sum = half
    for (let tap = 0; tap < taken; tap++)
      sum = (sum + Math.imul(weights[tap] as number, data[from + tap * rowBytes + i] as number)) | 0
    clamped[y * rowBytes + i] = sum >> fractionBits
  }
}

const resampleHeight = (image: RgbImage, height: number, filter: ResampleFilter): RgbImage => {
  if (height === image.height) return image
  const taps = resampleTaps(image.height, height, filter)
  const rowBytes = 3 * image.width
  const data = new Uint8Array(rowBytes * height)
  const clamped = new Uint8ClampedArray(data.buffer)
  for (let y = 0; y < height; y++) resampleColumns(image.data, rowBytes, taps, y, clamped)
  return { width: image.width, height, data }
}

/**
 * Resizes to exactly width × height, byte for byte as Pillow's `Image.resize`: along x, rounded to 8 bits, then along y,
 * with 22-bit fixed-point weights and antialiasing when shrinking. Sizes are positive whole numbers.
 */
export const resize = (
  image: RgbImage,
  { width, height }: { readonly width: number; readonly height: number },
  filter: ResampleFilter = bicubic,
): RgbImage => resampleHeight(resampleWidth(image, width, filter), height, filter)
