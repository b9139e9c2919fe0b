import type { FileError } from "@diva/models"
import { Context, Effect, Layer, type Stream } from "effect"
import type { Batch, BatchesRequest } from "./batch.ts"
import type { DataIdentity } from "./dataHash.ts"
import type { DataPosition } from "./dataOrder.ts"
import type { Example } from "./example.ts"
import { openShards } from "./openShards.ts"
import type { Sample } from "./sample.ts"
import { memorySource, openSource } from "./sampleSource.ts"
import type { OpenShardsError, ShardsEmpty, ShardsError } from "./shardsError.ts"
import type { ShardsManifest } from "./shardsManifest.ts"
import type { ShardsOptions } from "./shardsOptions.ts"
import type { SkipReport } from "./skipTally.ts"

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
