import { pipe } from "fp-ts/lib/function.js"
import * as E from "fp-ts/lib/Either.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import sharp, { type OutputInfo, type Sharp } from "sharp"
import { decodeFailure } from "./decodeFailure.ts"
import type { ImageError } from "./imageError.ts"
import { asStillAvif } from "./asStillAvif.ts"
import { gifHeader } from "./gifHeader.ts"
import { gifPixels } from "./gifPixels.ts"
import { type ImageFormat, imageFormat } from "./imageFormat.ts"
import { type Picture, rgbOf } from "../picture.ts"
import type { RgbImage } from "../rgbImage.ts"
import { storedAs, type Stored } from "./storedMode.ts"

/** Above this many pixels Pillow, too, refuses a picture as a decompression bomb. */
const maxPixels = 2 * 89_478_485

const undecodable = (name: string, rule: string): ImageError => ({
  _tag: "ImageUndecodable",
  name,
  rule,
  remedy: "fetch or export the picture again; a half-written or damaged file is the usual cause",
})

const formatUnknown = (name: string): ImageError => ({
  _tag: "ImageFormatUnknown",
  name,
  rule: "it does not begin like a JPEG, PNG, WebP, GIF, TIFF or AVIF file",
  remedy: "convert it to JPEG, PNG or WebP; an error page saved under a picture's name is the usual cause",
})

/**
 * Colour profiles and orientation tags are ignored, because Pillow's `convert("RGB")` ignores them; but for the tag of a TIFF, which
 * Pillow applies while it reads.
 */
const open = (bytes: Uint8Array): Sharp =>
  sharp(bytes, {
    failOn: "error",
    ignoreIcc: true,
    autoOrient: imageFormat(bytes) === "tiff",
    limitInputPixels: maxPixels,
  })

const rawPixels = (image: Sharp): Promise<{ readonly data: Buffer; readonly info: OutputInfo }> =>
  image.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true })

const upperBytes = (data: Uint8Array): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: data.length / 2 }, (_, i) => data[2 * i + 1] as number)

/** Every bit turned: 65,535 − value. */
const inverted = (data: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(data, (byte) => 255 - byte)

const deepPixels = (image: Sharp): ReturnType<typeof rawPixels> =>
  image.raw({ depth: "ushort" }).toBuffer({ resolveWithObject: true })

const pixelsAs = ({ mode, isDeep = false }: Stored, image: Sharp): ReturnType<typeof rawPixels> => {
  const pixels = isDeep ? deepPixels : rawPixels
  switch (mode) {
    case "cmyk":
      return pixels(image.pipelineColourspace("cmyk").toColourspace("cmyk"))
    case "rgba":
      return pixels(image.ensureAlpha().toColourspace(isDeep ? "rgb16" : "srgb"))
    case "grey16":
      return deepPixels(image.removeAlpha().toColourspace("grey16"))
    default:
      return rawPixels(image.removeAlpha().toColourspace("srgb"))
  }
}

/** A GIF's transparent pixels have a colour, which the decoder does not tell. */
const decodeGif = async (bytes: Uint8Array, stored: Stored): Promise<Picture> => {
  const { data, info } = await rawPixels(open(bytes).ensureAlpha().toColourspace("srgb"))
  const { width, height } = info
  const header = gifHeader(bytes)
  if (header === undefined) throw new Error("it holds no picture")
  return { ...stored, width, height, data: gifPixels({ width, data }, header) }
}

const decodeOther = async (bytes: Uint8Array, { isDeep = false, isInverted = false, ...stored }: Stored) => {
  const { data, info } = await pixelsAs({ ...stored, isDeep }, open(bytes))
  const plain = isDeep ? upperBytes(data) : new Uint8Array(data)
  return { ...stored, width: info.width, height: info.height, data: isInverted ? inverted(plain) : plain }
}

const decodePixels = async (format: ImageFormat, bytes: Uint8Array): Promise<Picture> => {
  const readable = format === "avif" ? asStillAvif(bytes) : bytes
  const stored = storedAs(format, readable, await open(readable).metadata())
  return format === "gif" ? decodeGif(readable, stored) : decodeOther(readable, stored)
}

/**
 * Decodes JPEG, PNG, WebP, GIF, TIFF or AVIF as they are stored: RGB, or a mode that is resized otherwise (transparency, palette, black
 * and white, CMYK, grey of 16 bits). Of several pictures the first. Colour profiles are not applied, nor are colours that count as
 * transparent, nor orientation tags but that of a TIFF: all as Pillow does.
 * `name` is the file or key that errors show.
 * Errors: `ImageFormatUnknown`, `ImageUndecodable` (damaged, truncated, or beyond 179 million pixels).
 */
export const decodePicture = (bytes: Uint8Array, name: string): TaskEither<ImageError, Picture> =>
  pipe(
    TE.fromNullable(formatUnknown(name))(imageFormat(bytes)),
    TE.chain((format) => {
      const decode = () => decodePixels(format, bytes)
      return pipe(
        TE.tryCatch(decode, (cause) => cause),
        TE.orElse((cause) => async () => E.left(undecodable(name, await decodeFailure(decode, cause)))),
      )
    }),
  )

/**
 * The same as 8-bit RGB, as Pillow's `convert("RGB")`: alpha is dropped (not blended), grey is repeated, palettes are looked up,
 * CMYK is converted without profiles.  Errors: as `decodePicture`.
 */
export const decodeImage = (bytes: Uint8Array, name: string): TaskEither<ImageError, RgbImage> =>
  TE.map(rgbOf)(decodePicture(bytes, name))
