import { divaCropRanges } from "@diva/models"
import type { HostArray } from "@diva/tensor"
import { Effect, Layer, Stream } from "effect"
import { dataHash, Shards, type Batch } from "../data/index.ts"
import { CaseUnusable } from "./caseFields.ts"

/** 8-bit images [n, 3, edge, edge] as bytes of RGB pictures, one after another. */
const pictures = ({ shape, data }: HostArray): Uint8Array<ArrayBuffer> => {
  const [count, channels, height, width] = shape as readonly [number, number, number, number]
  const plane = height * width
  return Uint8Array.from({ length: count * plane * channels }, (_, i) => {
    const [image, pixel, channel] = [Math.floor(i / (plane * channels)), Math.floor(i / channels) % plane, i % channels]
    return data[(image * channels + channel) * plane + pixel]!
  })
}

const isSquareRgb = ({ shape: [, channels, height, width, ...more] }: HostArray): boolean =>
  channels === 3 && height === width && height !== undefined && more.length === 0

/** Edge of a case's images. Throws `CaseUnusable` unless they are square pictures of three channels. */
export const imageEdge = (images: HostArray): number => {
  if (isSquareRgb(images)) return images.shape[2]!
  throw new CaseUnusable({
    rule: `images are [${images.shape.join(", ")}], not [images, 3, edge, edge]`,
    remedy: "restore the file from its source",
  })
}

/** A case's images as a run's data: micro-batch m of update s takes images (s·A + m)·B … + B. */
export const caseShards = (images: HostArray): Layer.Layer<Shards> => {
  const bytes = pictures(images)
  const count = images.shape[0]!
  const size = imageEdge(images)
  const each = size * size * 3
  const batchAt = (from: number, batchSize: number): Batch => ({
    images: bytes.slice(from * each, (from + batchSize) * each),
    keys: Array.from({ length: batchSize }, (_, i) => String(from + i)),
    captions: Array.from({ length: batchSize }, () => ""),
    skipped: [],
    from: { epoch: 0, position: from },
    next: { epoch: 0, position: from + batchSize },
  })
  const shards = [{ file: "the case's images", bytes: bytes.byteLength, samples: count }]
  return Layer.succeed(
    Shards,
    Shards.of({
      count,
      warnings: [],
      identity: dataHash(shards),
      manifest: { source: "a reference case", seed: 0, size, order: "samples", crop: divaCropRanges, shards },
      example: ({ position }) =>
        Effect.succeed({ key: String(position), image: batchAt(position, 1).images, caption: "" }),
      batches: ({ from: { position }, batchSize }) =>
        Stream.iterate(position, (at) => at + batchSize).pipe(Stream.map((at) => batchAt(at, batchSize))),
      skipped: Effect.succeed({ read: 0, skipped: [] }),
    }),
  )
}
