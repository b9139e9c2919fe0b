import sharp, { type Sharp } from "sharp"
import type { RgbImage } from "../rgbImage.ts"

const pixels = ({ width, height, data }: RgbImage): Sharp => sharp(data, { raw: { width, height, channels: 3 } })

/** JPEG bytes; equal pixels give equal bytes. `quality` 1 … 100. */
export const encodeJpeg = async (image: RgbImage, quality = 92): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await pixels(image).jpeg({ quality, chromaSubsampling: "4:4:4" }).toBuffer())

/** PNG bytes, lossless. */
export const encodePng = async (image: RgbImage): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await pixels(image).png().toBuffer())
