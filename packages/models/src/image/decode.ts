import { pipe } from "fp-ts/lib/function.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import sharp, { type OutputInfo, type Sharp } from "sharp"
import type { ImageError } from "./imageError.ts"
import { imageFormat } from "./imageFormat.ts"
import { type Picture, rgbOf } from "./picture.ts"
import { pngHeader } from "./pngHeader.ts"
import type { RgbImage } from "./rgbImage.ts"

/** Above this many pixels Pillow, too, refuses a picture as a decompression bomb. */
const maxPixels = 2 * 89_478_485

const undecodable = (name: string, cause: unknown): ImageError => ({
  _tag: "ImageUndecodable",
  name,
  rule: cause instanceof Error ? cause.message : String(cause),
  remedy: "fetch or export the picture again; a half-written or damaged file is the usual cause",
})

const formatUnknown = (name: string): ImageError => ({
  _tag: "ImageFormatUnknown",
  name,
  rule: "its first bytes are not those of JPEG, PNG or WebP",
  remedy: "convert it to JPEG, PNG or WebP; an error page saved under a picture's name is the usual cause",
})

/** Colour profiles and the orientation tag are ignored, because Pillow's `convert("RGB")` ignores them. */
const open = (bytes: Uint8Array): Sharp =>
  sharp(bytes, { failOn: "error", ignoreIcc: true, autoOrient: false, limitInputPixels: maxPixels })

const rawPixels = (image: Sharp): Promise<{ readonly data: Buffer; readonly info: OutputInfo }> =>
  image.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true })

/** What Pillow calls a picture's mode, as far as it is resized otherwise than RGB, and what lies beyond its edges. */
interface Stored extends Pick<Picture, "mode" | "beyond"> {
  /** Transparency beside channels of 16 bits, of which the upper eight are kept. */
  readonly isDeep?: boolean
}

const storedAs = async (bytes: Uint8Array, image: Sharp): Promise<Stored> => {
  const png = pngHeader(bytes)
  if (png === undefined) {
    const { space, hasAlpha } = await image.metadata()
    return space === "cmyk" ? { mode: "cmyk" } : hasAlpha ? { mode: "rgba" } : {}
  }
  if (png.palette !== undefined) return { mode: "chosen", beyond: png.palette }
  if (png.colour === "grey" && png.bits === 1) return { mode: "chosen" }
  if (png.colour === "grey" && png.bits === 16 && !png.hasAlpha) return { mode: "grey16" }
  // A colour that counts as transparent (the chunk tRNS) is no alpha: Pillow resizes such pictures without it.
  return png.hasAlpha ? { mode: "rgba", isDeep: png.bits === 16 } : {}
}

const upperBytes = (data: Uint8Array): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: data.length / 2 }, (_, i) => data[2 * i + 1] as number)

const deepPixels = (image: Sharp): ReturnType<typeof rawPixels> =>
  image.raw({ depth: "ushort" }).toBuffer({ resolveWithObject: true })

const pixelsAs = ({ mode, isDeep = false }: Stored, image: Sharp): ReturnType<typeof rawPixels> => {
  switch (mode) {
    case "cmyk":
      return rawPixels(image.pipelineColourspace("cmyk").toColourspace("cmyk"))
    case "rgba":
      return isDeep
        ? deepPixels(image.ensureAlpha().toColourspace("rgb16"))
        : rawPixels(image.ensureAlpha().toColourspace("srgb"))
    case "grey16":
      return deepPixels(image.removeAlpha().toColourspace("grey16"))
    default:
      return rawPixels(image.removeAlpha().toColourspace("srgb"))
  }
}

const decodePixels = async (bytes: Uint8Array): Promise<Picture> => {
  const { isDeep = false, ...stored } = await storedAs(bytes, open(bytes))
  const { data, info } = await pixelsAs({ ...stored, isDeep }, open(bytes))
  return { ...stored, width: info.width, height: info.height, data: isDeep ? upperBytes(data) : new Uint8Array(data) }
}

/**
 * Decodes JPEG, PNG or WebP as they are stored: RGB, or a mode that is resized otherwise (transparency, palette, black and
 * white, CMYK, grey of 16 bits). Orientation and colour profiles are not applied, nor are colours that count as transparent.
 * `name` is the file or key that errors show.
 * Errors: `ImageFormatUnknown`, `ImageUndecodable` (damaged, truncated, or beyond 179 million pixels).
 */
export const decodePicture = (bytes: Uint8Array, name: string): TaskEither<ImageError, Picture> =>
  pipe(
    TE.fromNullable(formatUnknown(name))(imageFormat(bytes)),
    TE.chain(() =>
      TE.tryCatch(
        () => decodePixels(bytes),
        (cause) => undecodable(name, cause),
      ),
    ),
  )

/**
 * The same as 8-bit RGB, as Pillow's `convert("RGB")`: alpha is dropped (not blended), grey is repeated, palettes are looked up,
 * CMYK is converted without profiles.  Errors: as `decodePicture`.
 */
export const decodeImage = (bytes: Uint8Array, name: string): TaskEither<ImageError, RgbImage> =>
  TE.map(rgbOf)(decodePicture(bytes, name))
