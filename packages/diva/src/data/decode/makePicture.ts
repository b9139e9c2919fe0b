import {
  decodePicture,
  fitImage,
  type ImageError,
  type Picture,
  randomResizedCrop,
  resize,
  rgbOf,
  type RgbImage,
} from "@diva/models/image"
import { hostFraction } from "@diva/tensor/random"
import { pipe } from "fp-ts/lib/function.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import type { MadePicture, PictureTask } from "./pictureTask.ts"

const thumbnail = (image: Picture, size: number): RgbImage => {
  const scale = Math.min(1, size / Math.max(image.width, image.height))
  const edge = (pixels: number): number => Math.max(1, Math.round(pixels * scale))
  return rgbOf(resize(image, { width: edge(image.width), height: edge(image.height) }))
}

const imageOf = (decoded: Picture, task: PictureTask): RgbImage => {
  switch (task._tag) {
    case "RandomCrop":
      return randomResizedCrop(decoded, task.size, (draw) => hostFraction(task.key, draw), task.ranges)
    case "Preset":
      return fitImage(task.preset, decoded)
    case "Thumbnail":
      return thumbnail(decoded, task.size)
  }
}

/**
 * Decodes a picture and makes of it what the task says. `name` is the file or key that errors show.
 * Errors: `ImageFormatUnknown`, `ImageUndecodable`.
 */
export const makePicture = (bytes: Uint8Array, name: string, task: PictureTask): TaskEither<ImageError, MadePicture> =>
  pipe(
    decodePicture(bytes, name),
    TE.map((decoded) => ({ image: imageOf(decoded, task), width: decoded.width, height: decoded.height })),
  )
