import { pipe } from "fp-ts/lib/function.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import sharp, { type OutputInfo, type Sharp } from "sharp"
import { rgbFromCmyk } from "./cmyk.ts"
import type { ImageError } from "./imageError.ts"
import { imageFormat } from "./imageFormat.ts"
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

const decodePixels = async (bytes: Uint8Array): Promise<RgbImage> => {
  const image = open(bytes)
  const isCmyk = (await image.metadata()).space === "cmyk"
  const { data, info } = await rawPixels(
    isCmyk ? image.pipelineColourspace("cmyk").toColourspace("cmyk") : image.removeAlpha().toColourspace("srgb"),
  )
  return { width: info.width, height: info.height, data: isCmyk ? rgbFromCmyk(data) : new Uint8Array(data) }
}

/**
 * Decodes JPEG, PNG or WebP to 8-bit RGB as Pillow's `convert("RGB")` does: alpha is dropped (not blended), grey is
 * repeated, palettes are looked up, CMYK is converted without profiles; orientation and colour profiles are not applied.
 * `name` is the file or key that errors show.
 * Errors: `ImageFormatUnknown`, `ImageUndecodable` (damaged, truncated, or beyond 179 million pixels).
 */
export const decodeImage = (bytes: Uint8Array, name: string): TaskEither<ImageError, RgbImage> =>
  pipe(
    TE.fromNullable(formatUnknown(name))(imageFormat(bytes)),
    TE.chain(() =>
      TE.tryCatch(
        () => decodePixels(bytes),
        (cause) => undecodable(name, cause),
      ),
    ),
  )
