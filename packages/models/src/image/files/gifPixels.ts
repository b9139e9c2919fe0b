import { colourAt, type GifHeader } from "./gifHeader.ts"

/** Decoded pixels, RGBA. */
interface Canvas {
  readonly width: number
  readonly data: Uint8Array
}

const isInside = ({ left, top, width, height }: GifHeader, x: number, y: number): boolean =>
  x >= left && x < left + width && y >= top && y < top + height

/**
 * RGB of a GIF's first picture as Pillow has it: transparent pixels have the colour that counts as transparent, and so has the canvas
 * beside a picture that does not fill it, or else the first colour.  Source: Pillow 12.3 PIL/GifImagePlugin.py, `load_prepare`.
 */
export const gifPixels = ({ width, data }: Canvas, header: GifHeader): Uint8Array<ArrayBuffer> => {
  const empty = colourAt(header, header.transparent ?? 0)
  const rgb = new Uint8Array((data.length / 4) * 3)
  for (let pixel = 0; 4 * pixel < data.length; pixel++) {
    const isThere = data[4 * pixel + 3] !== 0 && isInside(header, pixel % width, Math.floor(pixel / width))
    for (let c = 0; c < 3; c++) rgb[3 * pixel + c] = isThere ? (data[4 * pixel + c] as number) : (empty[c] as number)
  }
  return rgb
}
