import type { CropRanges, ImagePreset, RgbImage } from "@diva/models/image"
import type { HostKey } from "@diva/tensor/random"

/**
 * What is to be made of a picture. Plain data, so that it crosses to a worker, and complete: equal bytes and tasks give
 * equal pixels, whoever makes them.
 */
export type PictureTask =
  /** The random-resized crop of training; its draws follow from `key`. */
  | { readonly _tag: "RandomCrop"; readonly size: number; readonly ranges: CropRanges; readonly key: HostKey }
  /** The square that an image tower is evaluated on. */
  | { readonly _tag: "Preset"; readonly preset: ImagePreset }
  /** The whole picture, its longer edge no longer than `size` pixels. */
  | { readonly _tag: "Thumbnail"; readonly size: number }

/** What was made, and how large the picture was that it was made of. */
export interface MadePicture {
  readonly image: RgbImage
  readonly width: number
  readonly height: number
}
