import type { CropRanges } from "@diva/models"
import type { ShardSummary } from "./shardSummary.ts"

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
