import type { Effect } from "effect"
import type { FileError } from "@diva/models"
import type { BadSample } from "../../data/sample.ts"
import type { TarError } from "../../data/tar/tarError.ts"

/** The bytes of a picture, and what belongs to it: its label, its captions. */
export interface ReadPicture<A> {
  readonly bytes: Uint8Array
  readonly about: A
}

/**
 * A picture that can be read. `BadSample` says that this one cannot be used, and it is skipped and counted; any other error
 * ends the evaluation.
 */
export interface Picture<A = undefined> {
  readonly name: string
  readonly read: Effect.Effect<ReadPicture<A>, BadSample | FileError | TarError>
}
