import { type Picture, pixelBytes } from "../picture.ts"
import { premultiplied, unpremultiplied } from "./premultiply.ts"
import { bicubic, type ResampleFilter } from "./resampleFilter.ts"
import { fractionBits, resampleTaps, type Taps } from "./resampleTaps.ts"
import { resizeGrey16 } from "./resizeGrey16.ts"
import { resizeNearest } from "./resizeNearest.ts"

export interface Size {
  readonly width: number
  readonly height: number
}

/** Pixels of bytes, `channels` each. */
interface Plane extends Size {
  readonly data: Uint8Array<ArrayBuffer>
  readonly channels: number
}

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

/** The same of four bytes a pixel. */
const resampleRow4 = (data: Uint8Array, row: number, taps: Taps, clamped: Uint8ClampedArray, out: number): void => {
  const { first, count, weights, stride } = taps
  for (let x = 0; x < first.length; x++) {
    const from = row + 4 * (first[x] as number)
    const taken = count[x] as number
    for (let c = 0; c < 4; c++) {
      let sum = half
      for (let i = 0; i < taken; i++)
        sum = (sum + Math.imul(weights[x * stride + i] as number, data[from + 4 * i + c] as number)) | 0
      clamped[out + 4 * x + c] = sum >> fractionBits
    }
  }
}

const resampleWidth = (image: Plane, width: number, filter: ResampleFilter): Plane => {
  if (width === image.width) return image
  const { channels } = image
  const taps = resampleTaps(image.width, width, filter)
  const data = new Uint8Array(channels * width * image.height)
  const clamped = new Uint8ClampedArray(data.buffer)
  const row = channels === 3 ? resampleRow : resampleRow4
  for (let y = 0; y < image.height; y++)
    row(image.data, channels * image.width * y, taps, clamped, channels * width * y)
  return { width, height: image.height, channels, data }
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

const resampleHeight = (image: Plane, height: number, filter: ResampleFilter): Plane => {
  if (height === image.height) return image
  const taps = resampleTaps(image.height, height, filter)
  const rowBytes = image.channels * image.width
  const data = new Uint8Array(rowBytes * height)
  const clamped = new Uint8ClampedArray(data.buffer)
  for (let y = 0; y < height; y++) resampleColumns(image.data, rowBytes, taps, y, clamped)
  return { width: image.width, height, channels: image.channels, data }
}

/** Pillow shrinks very tall pictures along y first. */
const isTall = (image: Size, height: number): boolean => image.height > 100 * image.width && height < image.height

const resample = (image: Plane, { width, height }: Size, filter: ResampleFilter): Uint8Array<ArrayBuffer> =>
  isTall(image, height)
    ? resampleWidth(resampleHeight(image, height, filter), width, filter).data
    : resampleHeight(resampleWidth(image, width, filter), height, filter).data

const resampled = (image: Picture, size: Size, filter: ResampleFilter): Uint8Array<ArrayBuffer> => {
  const { width, height, data, mode } = image
  switch (mode) {
    case "chosen":
      return resizeNearest(image, size)
    case "grey16":
      return resizeGrey16(image, size, filter, isTall(image, size.height))
    case "rgba":
      return unpremultiplied(resample({ width, height, channels: 4, data: premultiplied(data) }, size, filter))
    default:
      return resample({ width, height, channels: pixelBytes(image), data }, size, filter)
  }
}

/**
 * Resizes to exactly width × height, byte for byte as Pillow's `Image.resize` of a picture in its own mode: along x, rounded to
 * 8 bits, then along y, with 22-bit fixed-point weights and antialiasing when shrinking; colours with transparency scaled by
 * it; chosen colours by their nearest neighbour whatever the filter. Sizes are positive whole numbers.
 * Source: Pillow 12.3 PIL/Image.py `resize`, src/libImaging/Resample.c.
 */
export const resize = <P extends Picture>(image: P, size: Size, filter: ResampleFilter = bicubic): P => {
  const { width, height } = size
  return width === image.width && height === image.height
    ? image
    : { ...image, width, height, data: resampled(image, size, filter) }
}
