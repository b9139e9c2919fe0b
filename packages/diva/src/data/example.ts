import { decodeText, type CropRanges, type ImageError } from "@diva/models"
import type { HostKey } from "@diva/tensor/random"
import { Effect } from "effect"
import type { DecodePool, MadePicture } from "./decode/index.ts"
import { noPicture, pictureIn } from "./pictures.ts"
import { BadSample, type Sample } from "./sample.ts"

/** What training sees of a sample. `image`: [size, size, 3], 0 … 255. */
export interface Example {
  readonly key: string
  readonly image: Uint8Array<ArrayBuffer>
  /** Empty where the sample has none: the method does not use it. */
  readonly caption: string
}

/** How a picture is cut and sized. */
export interface Cropping {
  readonly size: number
  readonly ranges: CropRanges
  /** What the crop's draws follow from. */
  readonly key: HostKey
}

const bad = (shard: string, key: string, rule: string): BadSample => new BadSample({ shard, key, rule })

const imageBytes = (shard: string, sample: Sample): Effect.Effect<Uint8Array, BadSample> => {
  const bytes = pictureIn(sample)
  return bytes === undefined ? Effect.fail(noPicture(shard, sample)) : Effect.succeed(bytes)
}

const captionInJson = (bytes: Uint8Array): string | undefined => {
  try {
    const value: unknown = JSON.parse(decodeText(bytes))
    return typeof value === "object" && value !== null && "caption" in value && typeof value.caption === "string"
      ? value.caption
      : undefined
  } catch {
    return undefined
  }
}

/** The caption of a sample; empty where it has none. */
export const captionOf = ({ fields }: Sample): string => {
  const [text, json] = [fields.get("txt"), fields.get("json")]
  return (text === undefined ? json && captionInJson(json) : decodeText(text)) ?? ""
}

/**
 * Decodes a sample and cuts its random-resized crop.
 * Errors: `BadSample` when the picture is missing or damaged.
 */
export const makeExample = Effect.fnUntraced(function* (
  shard: string,
  sample: Sample,
  { size, ranges, key }: Cropping,
  pool: DecodePool,
) {
  const made: MadePicture = yield* Effect.mapError(
    pool.make(yield* imageBytes(shard, sample), sample.key, { _tag: "RandomCrop", size, ranges, key }),
    ({ rule }: ImageError) => bad(shard, sample.key, rule),
  )
  return { key: sample.key, image: made.image.data, caption: captionOf(sample) } satisfies Example
})
