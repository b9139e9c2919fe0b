import { rgbFromCmyk } from "./cmyk.ts"
import type { RgbImage } from "./rgbImage.ts"

/**
 * How a picture is stored, and therefore how it is resized: colours with transparency, chosen colours (a palette, or black and
 * white), inks, grey of 16 bits (low byte first).
 */
export type PictureMode = "rgba" | "chosen" | "cmyk" | "grey16"

/**
 * A decoded picture, [height, width, bytes of a pixel]; RGB where no mode is said. It is cut and resized as it is stored and
 * becomes RGB afterwards, as the original's transforms do.
 */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array<ArrayBuffer>
  readonly mode?: PictureMode
  /** Bytes of a pixel beyond the edges; zeros where it is not said. */
  readonly beyond?: readonly number[]
}

/** Bytes of a pixel. */
export const pixelBytes = ({ mode }: Pick<Picture, "mode">): number => {
  if (mode === "grey16") return 2
  return mode === "rgba" || mode === "cmyk" ? 4 : 3
}

const withoutAlpha = (data: Uint8Array): Uint8Array<ArrayBuffer> => {
  const rgb = new Uint8Array((data.length / 4) * 3)
  for (let pixel = 0; 4 * pixel < data.length; pixel++)
    for (let c = 0; c < 3; c++) rgb[3 * pixel + c] = data[4 * pixel + c] as number
  return rgb
}

/** Grey beyond 255 is white: Pillow does not scale 16 bits down. */
const fromGrey16 = (data: Uint8Array): Uint8Array<ArrayBuffer> => {
  const rgb = new Uint8Array((data.length / 2) * 3)
  for (let pixel = 0; 2 * pixel < data.length; pixel++)
    rgb.fill((data[2 * pixel + 1] as number) > 0 ? 255 : (data[2 * pixel] as number), 3 * pixel, 3 * pixel + 3)
  return rgb
}

/**
 * The picture as 8-bit RGB, as Pillow's `convert("RGB")`: alpha is dropped, not blended; inks become light without profiles.
 * Source: Pillow 12.3 src/libImaging/Convert.c.
 */
export const rgbOf = ({ width, height, data, mode }: Picture): RgbImage => {
  switch (mode) {
    case "rgba":
      return { width, height, data: withoutAlpha(data) }
    case "cmyk":
      return { width, height, data: rgbFromCmyk(data) }
    case "grey16":
      return { width, height, data: fromGrey16(data) }
    default:
      return { width, height, data }
  }
}
