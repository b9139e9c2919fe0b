import { decodePicture } from "@diva/models"
import * as E from "fp-ts/lib/Either.js"
import sharp, { type Sharp } from "sharp"

/** How pictures are sized for a shard, in img2dataset's words. Source: rom1504/img2dataset resizer.py. */
export type ResizeMode =
  /** As it is: not even encoded again. */
  | "no"
  /** Longer edge to the size, and white beside it to a square. */
  | "border"
  /** Shorter edge to the size. */
  | "keep_ratio"
  /** Longer edge to the size. */
  | "keep_ratio_largest"
  /** Shorter edge to the size, and the middle square. */
  | "center_crop"

export const resizeModes = ["no", "border", "keep_ratio", "keep_ratio_largest", "center_crop"] as const

export interface StoreOptions {
  readonly mode: ResizeMode
  /** Edge in pixels that the mode speaks of. */
  readonly size: number
  /** Whether smaller pictures stay as small as they are. */
  readonly onlyIfBigger: boolean
  /** JPEG quality, 1 … 100. */
  readonly quality: number
  /** Pixels that the shorter edge has at least; 0. */
  readonly minImageSize?: number
  /** Pixels that a picture has at most, width times height; any number. */
  readonly maxImageArea?: number
  /** How many times as long as the shorter edge the longer one is at most; any. */
  readonly maxAspectRatio?: number
}

/** The recommendation for training at 512 pixels: nothing is cut, padded or enlarged. */
export const defaultStore: StoreOptions = { mode: "keep_ratio", size: 512, onlyIfBigger: true, quality: 95 }

/** A picture ready for a shard. */
export interface StoredImage {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly extension: string
  readonly width: number
  readonly height: number
  readonly originalWidth: number
  readonly originalHeight: number
  /** What the file said of itself, as JSON. */
  readonly exif: string
}

interface Size {
  readonly width: number
  readonly height: number
}

/** What limits the scale of a mode: the shorter edge or the longer. */
const limiting = ({ width, height }: Size, mode: ResizeMode): number =>
  mode === "keep_ratio" || mode === "center_crop" ? Math.min(width, height) : Math.max(width, height)

/** Why a picture of these sizes is not wanted, in the words that img2dataset's statistics count; undefined where it is. */
const unwanted = (
  { width, height }: Size,
  { minImageSize = 0, maxImageArea = Infinity, maxAspectRatio = Infinity }: StoreOptions,
): string | undefined => {
  const [shorter, longer] = [Math.min(width, height), Math.max(width, height)]
  if (shorter < minImageSize) return "image too small"
  if (width * height > maxImageArea) return "image area too large"
  return longer / shorter > maxAspectRatio ? "aspect ratio too large" : undefined
}

/** The size a mode gives a picture before any crop or border. */
export const scaledSize = (from: Size, { mode, size, onlyIfBigger }: StoreOptions): Size => {
  const edge = limiting(from, mode)
  if (mode === "no" || edge === size || (onlyIfBigger && edge < size)) return from
  const scaled = (pixels: number): number => Math.max(1, Math.round((pixels * size) / edge))
  return { width: scaled(from.width), height: scaled(from.height) }
}

const white = { r: 255, g: 255, b: 255 } as const

const squared = (image: Sharp, from: Size, size: number): Sharp => {
  const [x, y] = [Math.max(0, size - from.width), Math.max(0, size - from.height)]
  const [left, top] = [Math.floor(x / 2), Math.floor(y / 2)]
  return image.extend({ left, top, right: x - left, bottom: y - top, background: white })
}

const cut = (image: Sharp, { width, height }: Size): Sharp => {
  const edge = Math.min(width, height)
  return image.extract({
    left: Math.floor((width - edge) / 2),
    top: Math.floor((height - edge) / 2),
    width: edge,
    height: edge,
  })
}

/** Pixels on white, scaled; each step rendered, because the encoder orders its steps by kind, not by call. */
const rendered = async (bytes: Uint8Array, from: Size, options: StoreOptions): Promise<Sharp> => {
  const to = scaledSize(from, options)
  const { data, info } = await sharp(bytes, { failOn: "error", autoOrient: false })
    .flatten({ background: white })
    .toColourspace("srgb")
    .resize({ ...to, fit: "fill", kernel: "lanczos3" })
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  const image = sharp(data, { raw: { width, height, channels } })
  if (options.mode === "border") return squared(image, to, Math.max(options.size, to.width, to.height))
  return options.mode === "center_crop" ? cut(image, to) : image
}

const extensions: Readonly<Record<string, string>> = {
  jpeg: "jpg",
  png: "png",
  webp: "webp",
  heif: "avif",
  tiff: "tiff",
  gif: "gif",
}

const kept = (bytes: Uint8Array, format: string): StoredImage["bytes"] => {
  if (extensions[format] === undefined) throw new Error(`${format} is not a format that training reads`)
  return new Uint8Array(bytes)
}

/** Rejects where training could not read the picture. */
const requireReadable = async (bytes: Uint8Array): Promise<void> => {
  const outcome = await decodePicture(bytes, "picture")()
  if (E.isLeft(outcome)) throw new Error(outcome.left.rule)
}

/**
 * Sizes a picture and encodes it as JPEG, alpha on white, the pixels as they are stored (an orientation tag is noted, not
 * applied, as img2dataset and the original's loader do). Mode `no` checks that the picture can be decoded and keeps its bytes.
 * Rejects where the picture cannot be decoded, or is smaller, larger or longer than wanted.
 */
export const storeImage = async (bytes: Uint8Array, options: StoreOptions): Promise<StoredImage> => {
  const { width, height, format = "", orientation } = await sharp(bytes, { failOn: "error" }).metadata()
  const problem = unwanted({ width, height }, options)
  if (problem !== undefined) throw new Error(problem)
  const original = { originalWidth: width, originalHeight: height }
  const exif = JSON.stringify(orientation === undefined ? {} : { Orientation: orientation })
  if (options.mode === "no") {
    await requireReadable(bytes)
    const extension = extensions[format] ?? format
    return { bytes: kept(bytes, format), extension, width, height, ...original, exif }
  }
  const image = await rendered(bytes, { width, height }, options)
  const { data, info } = await image.jpeg({ quality: options.quality }).toBuffer({ resolveWithObject: true })
  return { bytes: new Uint8Array(data), extension: "jpg", width: info.width, height: info.height, ...original, exif }
}
