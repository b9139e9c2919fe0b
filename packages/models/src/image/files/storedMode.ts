import type { Metadata } from "sharp"
import { colourAt, gifHeader, isGreyRamp } from "./gifHeader.ts"
import type { ImageFormat } from "./imageFormat.ts"
import type { Picture } from "../picture.ts"
import { pngHeader } from "./pngHeader.ts"
import { tiffHeader } from "./tiffHeader.ts"

/** What Pillow calls a picture's mode, as far as it is resized otherwise than RGB, and what lies beyond its edges. */
export interface Stored extends Pick<Picture, "mode" | "beyond"> {
  /** Channels of 16 bits, of which the upper eight are kept. */
  readonly isDeep?: boolean
  /** Whether zero is white in numbers that Pillow takes as they are. */
  readonly isInverted?: boolean
}

const storedPng = (bytes: Uint8Array): Stored => {
  const png = pngHeader(bytes)
  if (png === undefined) return {}
  if (png.palette !== undefined) return { mode: "chosen", beyond: png.palette }
  if (png.colour === "grey" && png.bits === 1) return { mode: "chosen" }
  if (png.colour === "grey" && png.bits === 16 && !png.hasAlpha) return { mode: "grey16" }
  // A colour that counts as transparent (the chunk tRNS) is not alpha: Pillow resizes such pictures without it.
  return png.hasAlpha ? { mode: "rgba", isDeep: png.bits === 16 } : {}
}

const storedGif = (bytes: Uint8Array): Stored => {
  const gif = gifHeader(bytes)
  if (gif === undefined || isGreyRamp(gif)) return {}
  return { mode: "chosen", beyond: colourAt(gif, 0) }
}

const storedTiff = (bytes: Uint8Array, { space, hasAlpha = false }: Metadata): Stored => {
  const { bits, colour, isInverted, isSigned, hasUnusedChannel, palette } = tiffHeader(bytes)
  const isDeep = bits === 16
  if (isSigned && isDeep) throw new Error("its pixels are signed 16-bit numbers: such pictures hold measurements")
  if (palette !== undefined) return { mode: "chosen", beyond: palette }
  if (colour === "grey" && bits === 1) return { mode: "chosen" }
  if (colour === "grey" && isDeep && !hasAlpha) return { mode: "grey16", isInverted }
  if (space === "cmyk") return { mode: "cmyk", isDeep }
  return hasAlpha && !hasUnusedChannel ? { mode: "rgba", isDeep } : {}
}

/** How a picture is stored. Throws where it is stored in a way that cannot be shown. */
export const storedAs = (format: ImageFormat, bytes: Uint8Array, metadata: Metadata): Stored => {
  switch (format) {
    case "png":
      return storedPng(bytes)
    case "gif":
      return storedGif(bytes)
    case "tiff":
      return storedTiff(bytes, metadata)
    default:
      return metadata.space === "cmyk" ? { mode: "cmyk" } : metadata.hasAlpha ? { mode: "rgba" } : {}
  }
}
