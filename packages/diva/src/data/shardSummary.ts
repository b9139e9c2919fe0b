/** A shard as a run manifest records it: a tar file, or a folder of pictures. */
export interface ShardSummary {
  readonly file: string
  readonly bytes: number
  readonly samples: number
  /** Hash of its content, for a source that is not a file: files are hashed when a manifest is written. */
  readonly sha256?: string
}
