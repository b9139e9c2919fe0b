import { Effect } from "effect"
import type { SampleRef } from "./dataOrder.ts"
import { readSample } from "./readSample.ts"
import type { BadSample, Sample } from "./sample.ts"
import { indexShard, type WhenTruncated } from "./shardIndex.ts"
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
  readonly read: (ref: SampleRef) => Effect.Effect<Sample, TarError | BadSample>
}

/** Headers are read from this many shards at once: the wait is for the disk. */
const indexedAtOnce = 4

/** The samples of webdataset tar files. Errors: `ShardsNotFound`, `TarTruncated`, `TarCorrupt`, `FileUnreadable`. */
export const tarSource = Effect.fnUntraced(function* (patterns: string | readonly string[], when: WhenTruncated) {
  const files = yield* shardPaths(patterns)
  const indices = yield* Effect.forEach(files, (file) => indexShard(file, when), { concurrency: indexedAtOnce })
  const source: SampleSource = {
    shards: indices.map(({ file, bytes, samples }) => ({ file, bytes, samples })),
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
  read: ({ sample }) => Effect.succeed(samples[sample]!),
})
