import {
  type CropRanges,
  decodeImage,
  type ImageError,
  randomResizedCrop,
  type RgbImage,
  type Uniforms,
} from "@diva/models"
import { Effect } from "effect"
import { fromTaskEither } from "../fromEither.ts"
import { BadSample, type Sample } from "./sample.ts"

/** What training sees of a sample. `image`: [size, size, 3], 0 … 255. */
export interface Example {
  readonly key: string
  readonly image: Uint8Array<ArrayBuffer>
  readonly caption: string
}

/** How a picture is cut and sized. */
export interface Cropping {
  readonly size: number
  readonly ranges: CropRanges
  readonly uniforms: Uniforms
}

const imageExtensions = ["jpg", "jpeg", "png", "webp"] as const

const bad = (shard: string, key: string, rule: string): BadSample => new BadSample({ shard, key, rule })

const imageBytes = (shard: string, { key, fields }: Sample): Effect.Effect<Uint8Array, BadSample> => {
  const extension = imageExtensions.find((candidate) => fields.has(candidate))
  const bytes = extension === undefined ? undefined : fields.get(extension)
  return bytes === undefined
    ? Effect.fail(bad(shard, key, `it has no picture (none of .${imageExtensions.join(", .")})`))
    : Effect.succeed(bytes)
}

const captionInJson = (bytes: Uint8Array): string | undefined => {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof value === "object" && value !== null && "caption" in value && typeof value.caption === "string"
      ? value.caption
      : undefined
  } catch {
    return undefined
  }
}

const captionOf = (shard: string, { key, fields }: Sample): Effect.Effect<string, BadSample> => {
  const [text, json] = [fields.get("txt"), fields.get("json")]
  const caption = text === undefined ? json && captionInJson(json) : new TextDecoder().decode(text)
  return caption === undefined
    ? Effect.fail(bad(shard, key, "it has no caption (neither .txt nor a caption in .json)"))
    : Effect.succeed(caption)
}

const decoded = (shard: string, key: string, bytes: Uint8Array): Effect.Effect<RgbImage, BadSample> =>
  Effect.mapError(fromTaskEither(decodeImage(bytes, key)), ({ rule }: ImageError) => bad(shard, key, rule))

/**
 * Decodes a sample and cuts its random-resized crop. The picture is converted to RGB before it is resized.
 * Errors: `BadSample` when picture or caption are missing or the picture is damaged.
 */
export const makeExample = Effect.fnUntraced(function* (shard: string, sample: Sample, cropping: Cropping) {
  const caption = yield* captionOf(shard, sample)
  const image = yield* decoded(shard, sample.key, yield* imageBytes(shard, sample))
  const { data } = randomResizedCrop(image, cropping.size, cropping.uniforms, cropping.ranges)
  return { key: sample.key, image: data, caption } satisfies Example
})
