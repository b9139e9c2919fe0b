import { Effect, Pull, Stream, type Scope } from "effect"
import { Shards, type BadSample, type Batch, type DataPosition, type ShardsError } from "../data/index.ts"

/** A batch, and all samples skipped in this and the batches before it. */
export interface BatchAndSkips {
  readonly batch: Batch
  readonly skipped: readonly BadSample[]
}

export type NextBatch = Effect.Effect<BatchAndSkips, ShardsError>

/** Batches one by one from a position on, made ahead while the machine computes. */
export const openBatches = Effect.fnUntraced(function* (
  from: DataPosition,
  batchSize: number,
): Effect.fn.Return<NextBatch, never, Shards | Scope.Scope> {
  const shards = yield* Shards
  const pull = yield* Stream.toPull(Stream.rechunk(shards.batches({ from, batchSize }), 1))
  const next = Pull.catchDone(pull, () => Effect.die(new Error("the stream of batches, which has no end, ended")))
  let skipped: readonly BadSample[] = []
  return Effect.map(next, ([batch]) => {
    if (batch.skipped.length > 0) skipped = [...skipped, ...batch.skipped]
    return { batch, skipped }
  })
})
