import type { ImageError } from "@diva/models/image"
import type { Either } from "fp-ts/lib/Either.js"
import type { MadePicture, PictureTask } from "./pictureTask.ts"

/** A picture on its way to a worker; its bytes are handed over, not copied. */
export interface Question {
  readonly id: number
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly name: string
  readonly task: PictureTask
}

/** What the worker made of the question of the same `id`. */
export interface Answer {
  readonly id: number
  readonly outcome: Either<ImageError, MadePicture>
}
