import { Data } from "effect"
import type { ShardsNotFound } from "./find/shardsNotFound.ts"
import type { SamplesScattered } from "./scattered.ts"
import type { TooManyBadSamples } from "./skipTally.ts"
import type { TarError } from "./tar/tarError.ts"

/** Shards without a single sample. */
export class ShardsEmpty extends Data.TaggedError("ShardsEmpty")<{
  readonly files: readonly string[]
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return this.rule
  }
}

/** Why an example or batch could not be given. */
export type ShardsError = TarError | TooManyBadSamples

/** Why shards could not be opened. */
export type OpenShardsError = TarError | ShardsNotFound | ShardsEmpty | SamplesScattered
