import type { CropRanges, FileError } from "@diva/models"
import { Context, Effect, Layer, type Stream } from "effect"
import type { DataIdentity } from "./dataHash.ts"
import type { DataPosition } from "./dataOrder.ts"
import type { Example } from "./example.ts"
import { openShards } from "./openShards.ts"
import type { BadSample, Sample } from "./sample.ts"
import { memorySource, openSource } from "./sampleSource.ts"
import type { ShardSummary } from "./shardSummary.ts"
import type { WhenTruncated } from "./shardIndex.ts"
import type { OpenShardsError, ShardsEmpty, ShardsError } from "./shardsError.ts"
import type { ShuffleBuffer } from "./shuffleBuffer.ts"
import type { SkipReport } from "./skipTally.ts"

export interface ShardsOptions {
  /** The source's name in manifests; by default what it is: "tar shards", "pictures in folders", "samples in memory". */
  readonly source?: string
  /** Whole number below 2^53 that order and crops follow from; 42. */
  readonly seed?: number
  /** Edge of the square examples, in pixels; 512. */
  readonly size?: number
  /**
   * "samples" (default): all samples in one random order. "shards": shard by shard, which slow disks need. Or a buffer as the
   * original's: `reservoir(2000)`.
   */
  readonly order?: "samples" | "shards" | ShuffleBuffer
  /** Crop areas and aspects; DIVA's 0.9 … 1 and 3/4 … 4/3. */
  readonly crop?: CropRanges
  /** Share of unusable samples at which a run ends; 0.01. Eight more are always allowed. */
  readonly maxBadRate?: number
  /** "fail" (default), or "keepWhole" to use all samples that are whole in a shard that is damaged or cut off. */
  readonly truncated?: WhenTruncated
  /** Threads that decode and crop; one less than the machine has, at most eight. 0: the calling thread does. */
  readonly workers?: number
  /** Bytes of examples to keep in memory where all epochs make the same of them, with crops of whole pictures; 0. */
  readonly keep?: number
}

/** What a run manifest records of its data. */
export interface ShardsManifest {
  /** Name of the source: what it is, or what its user calls it. A run may be resumed with one of another name and the same samples. */
  readonly source: string
  readonly seed: number
  readonly size: number
  /** "samples", "shards", or the title of a buffer. */
  readonly order: string
  readonly crop: CropRanges
  readonly shards: readonly ShardSummary[]
}

/** Examples for one step. `images`: [keys, size, size, 3], 0 … 255. `next`: the position after it, to resume from. */
export interface Batch {
  readonly images: Uint8Array<ArrayBuffer>
  readonly keys: readonly string[]
  readonly captions: readonly string[]
  /** Samples first found unusable while these examples were made. */
  readonly skipped: readonly BadSample[]
  readonly from: DataPosition
  readonly next: DataPosition
}

export interface BatchesRequest {
  readonly from: DataPosition
  readonly batchSize: number
  /** Batches made ahead while the consumer works; 2. */
  readonly prefetch?: number
  /** Pictures made at once; what keeps all threads busy. */
  readonly concurrency?: number
}

/**
 * Training examples by position. Example and batch are pure functions of (shards, options, position): stopping anywhere
 * and going on from `next` gives the same examples as never having stopped.
 *
 * A bad sample at a position is replaced by the next good one of the same epoch's order (from the end of the epoch on to
 * its beginning), cut with the crop of the position it stands in for.
 */
export class Shards extends Context.Service<
  Shards,
  {
    /** Samples in one epoch. */
    readonly count: number
    readonly manifest: ShardsManifest
    /** Hash of the data's content: where they lie does not count. Errors: `FileUnreadable`. */
    readonly identity: Effect.Effect<DataIdentity, FileError>
    /** Errors: `TooManyBadSamples`, `TarCorrupt` and `FileUnreadable` when a shard changed since it was opened. */
    readonly example: (at: DataPosition) => Effect.Effect<Example, ShardsError>
    /** What is unusual about the data, though a run can use it: for people. */
    readonly warnings: readonly string[]
    /** Batches from a position on, epoch after epoch without end. Errors: as `example`. */
    readonly batches: (request: BatchesRequest) => Stream.Stream<Batch, ShardsError>
    /** How many samples were read since opening, and which were skipped. */
    readonly skipped: Effect.Effect<SkipReport>
  }
>()("diva/data/Shards") {
  /**
   * Webdataset tar files (`.tar`, `.tar.gz`) and folders of pictures: paths, patterns such as "cc3m/*.tar", lists (`.txt`) of
   * them. Reads all headers when it opens.
   */
  static readonly layerTar = (
    sources: string | readonly string[],
    options: ShardsOptions = {},
  ): Layer.Layer<Shards, OpenShardsError> =>
    Layer.effect(
      Shards,
      Effect.flatMap(openSource(sources, options.truncated ?? "fail"), (source) => openShards(source, options)),
    )
  /** Samples in memory, for tests and experiments. */
  static readonly layerMemory = (
    samples: readonly Sample[],
    options: ShardsOptions = {},
  ): Layer.Layer<Shards, ShardsEmpty> => Layer.effect(Shards, openShards(memorySource(samples), options))
}
