import type { openaiArguments } from "../presets/openai.ts"
import type { openClipConfigs } from "../presets/openclip.ts"
import { type ChannelStatistics, halfStatistics, normalise, openaiStatistics } from "./normalise.ts"
import { type Picture, rgbOf } from "./picture.ts"
import { fitAndCrop, squash } from "./preprocess.ts"
import type { RgbImage } from "./rgbImage.ts"

/** Names of the image–text models DIVA trains. */
export type ClipRow = keyof typeof openaiArguments | keyof typeof openClipConfigs

/** How pictures become the input of an image tower at evaluation. */
export interface ImagePreset {
  /** Pixels of an edge. */
  readonly size: number
  /** Shorter edge to `size` and the middle square, or both edges to `size` whatever the aspect. */
  readonly fit: "crop" | "squash"
  readonly statistics: ChannelStatistics
}

const cropped = (size: number): ImagePreset => ({ size, fit: "crop", statistics: openaiStatistics })
const squashed = (size: number): ImagePreset => ({ size, fit: "squash", statistics: halfStatistics })

/**
 * What DIVA's evaluation feeds each model. Bicubic in all of them. DFN's published tag says squash; DIVA crops, because it
 * gives OpenCLIP a path. Source: spec §3; open_clip factory.py and transform.py (2.24); DIVA's run scripts.
 */
export const imagePresets: Readonly<Record<ClipRow, ImagePreset>> = {
  "openai-l14-224": cropped(224),
  "openai-l14-336": cropped(336),
  "metaclip-l14-224": cropped(224),
  "metaclip-h14-224": cropped(224),
  "siglip-so400m-14-224": squashed(224),
  "siglip-so400m-14-384": squashed(384),
  "dfn-h14-224": cropped(224),
  "dfn-h14-378": cropped(378),
}

/** The square of 8-bit pixels a preset makes of a picture in its own mode, before normalisation. */
export const fitImage = ({ size, fit }: ImagePreset, image: Picture): RgbImage =>
  rgbOf(fit === "crop" ? fitAndCrop(image, size) : squash(image, size))

/** A picture as an image tower takes it: f32 [3, size, size], normalised. */
export const preprocessImage = (preset: ImagePreset, image: Picture): Float32Array<ArrayBuffer> =>
  normalise(fitImage(preset, image), preset.statistics)
