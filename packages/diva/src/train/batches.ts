import { Effect, Pull, Stream, type Scope } from "effect"
import { Shards, type Batch, type DataPosition, type ShardsError } from "../data/index.ts"

export type NextBatch = Effect.Effect<Batch, ShardsError>

/** Batches one by one from a position on, made ahead while the machine computes. */
export const openBatches = Effect.fnUntraced(function* (
  from: DataPosition,
  batchSize: number,
): Effect.fn.Return<NextBatch, never, Shards | Scope.Scope> {
  const shards = yield* Shards
  const pull = yield* Stream.toPull(Stream.rechunk(shards.batches({ from, batchSize }), 1))
  const next = Pull.catchDone(pull, () => Effect.die(new Error("the stream of batches, which has no end, ended")))
  return Effect.map(next, ([batch]) => batch)
})
