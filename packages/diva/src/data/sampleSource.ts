import { Effect } from "effect"
import type { SampleRef } from "./dataOrder.ts"
import { pictureIn } from "./pictures.ts"
import { readSample } from "./readSample.ts"
import type { BadSample, Sample } from "./sample.ts"
import { indexShard, type ShardIndex, type WhenTruncated } from "./shardIndex.ts"
import { shardPaths } from "./shardPaths.ts"
import type { TarError } from "./tar/tarError.ts"

/** A shard as a run manifest records it. */
export interface ShardSummary {
  readonly file: string
  readonly bytes: number
  readonly samples: number
}

/** Samples that can be read in any order. */
export interface SampleSource {
  readonly shards: readonly ShardSummary[]
  /** What is odd about the shards, though they can be read. */
  readonly warnings: readonly string[]
  /** Samples with a picture, and a member that is none: what to say where there are no pictures. */
  readonly pictures: number
  readonly stranger?: string | undefined
  readonly read: (ref: SampleRef) => Effect.Effect<Sample, TarError | BadSample>
}

/** Headers are read from this many shards at once: the wait is for the disk. */
const indexedAtOnce = 4

const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? "" : "s"}`

const warningsOf = (indices: readonly ShardIndex[]): readonly string[] => {
  const [samples, pictures] = [sumOf(indices, "samples"), sumOf(indices, "pictures")]
  return [
    ...indices
      .filter(({ isClosed }) => !isClosed)
      .map(
        ({ file, samples: read }) =>
          `${file} lacks the marker that ends a tar file; its ${counted(read, "sample")} are read`,
      ),
    ...(pictures < samples
      ? [
          `${counted(samples - pictures, "sample")} of ${samples} ${samples - pictures === 1 ? "has" : "have"} no picture and will be skipped`,
        ]
      : []),
  ]
}

const sumOf = (indices: readonly ShardIndex[], what: "samples" | "pictures"): number =>
  indices.reduce((sum, index) => sum + index[what], 0)

/** The samples of webdataset tar files. Errors: `ShardsNotFound`, `TarTruncated`, `TarCorrupt`, `SamplesScattered`, `FileUnreadable`. */
export const tarSource = Effect.fnUntraced(function* (patterns: string | readonly string[], when: WhenTruncated) {
  const files = yield* shardPaths(patterns)
  const indices = yield* Effect.forEach(files, (file) => indexShard(file, when), { concurrency: indexedAtOnce })
  const source: SampleSource = {
    shards: indices.map(({ file, bytes, samples }) => ({ file, bytes, samples })),
    warnings: warningsOf(indices),
    pictures: sumOf(indices, "pictures"),
    stranger: indices.find(({ stranger }) => stranger !== undefined)?.stranger,
    read: ({ shard, sample }) => readSample(indices[shard]!, sample),
  }
  return source
})

const sampleBytes = ({ fields }: Sample): number =>
  [...fields.values()].reduce((sum, { byteLength }) => sum + byteLength, 0)

/** Samples in memory, as one shard. */
export const memorySource = (samples: readonly Sample[]): SampleSource => ({
  shards: [
    { file: "memory", bytes: samples.reduce((sum, sample) => sum + sampleBytes(sample), 0), samples: samples.length },
  ],
  warnings: [],
  pictures: samples.filter((sample) => pictureIn(sample) !== undefined).length,
  read: ({ sample }) => Effect.succeed(samples[sample]!),
})
