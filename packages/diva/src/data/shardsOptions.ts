import type { CropRanges } from "@diva/models"
import type { WhenTruncated } from "./shardIndex.ts"
import type { ShuffleBuffer } from "./shuffleBuffer.ts"

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
