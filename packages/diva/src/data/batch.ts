import type { DataPosition } from "./dataOrder.ts"
import type { BadSample } from "./sample.ts"

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

/** Batches that are asked for. */
export interface BatchesRequest {
  readonly from: DataPosition
  readonly batchSize: number
  /** Batches made ahead while the consumer works; 2. */
  readonly prefetch?: number
  /** Pictures made at once; what keeps all threads busy. */
  readonly concurrency?: number
}
