import { type Picture, pixelBytes } from "../picture.ts"

/** The input whose centre's cell each output's centre lies in. Source: Pillow 12.3 src/libImaging/Geometry.c, ImagingScaleAffine. */
const nearest = (inSize: number, outSize: number): Int32Array => {
  const scale = inSize / outSize
  // The place is summed up step by step, as there: at the border of two cells rounding decides.
  let place = scale * 0.5
  return Int32Array.from({ length: outSize }, () => {
    const cell = Math.trunc(place)
    place += scale
    return Math.min(cell, inSize - 1)
  })
}

/** Resizes by nearest neighbour: no colour appears that was not there. */
export const resizeNearest = (
  image: Picture,
  { width, height }: { readonly width: number; readonly height: number },
): Uint8Array<ArrayBuffer> => {
  const bytes = pixelBytes(image)
  const [columns, rows] = [nearest(image.width, width), nearest(image.height, height)]
  const data = new Uint8Array(bytes * width * height)
  for (const [y, row] of rows.entries())
    for (const [x, column] of columns.entries())
      for (let c = 0; c < bytes; c++)
        data[bytes * (y * width + x) + c] = image.data[bytes * (row * image.width + column) + c] as number
  return data
}
