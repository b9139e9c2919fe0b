import { Effect, Pull, Stream, type Scope } from "effect"
import { Shards, type Batch, type DataPosition, type ShardsError } from "../data/index.ts"

export type NextBatch = Effect.Effect<Batch, ShardsError>

/** Memory that batches made ahead may take. */
const aheadBytes = 2 ** 26

/**
 * Batches to make ahead: those of a whole update, so that decoding continues while the machine computes the previous one, as far as they fit
 * 64 MiB; at least two.
 */
export const batchesAhead = (batchBytes: number, perUpdate: number): number =>
  Math.max(2, Math.min(perUpdate, Math.floor(aheadBytes / batchBytes)))

/** Batches one by one from a position on, made ahead while the machine computes. */
export const openBatches = Effect.fnUntraced(function* (
  from: DataPosition,
  batchSize: number,
  prefetch = 2,
): Effect.fn.Return<NextBatch, never, Shards | Scope.Scope> {
  const shards = yield* Shards
  const pull = yield* Stream.toPull(Stream.rechunk(shards.batches({ from, batchSize, prefetch }), 1))
  const next = Pull.catchDone(pull, () => Effect.die(new Error("the stream of batches, which has no end, ended")))
  return Effect.map(next, ([batch]) => batch)
})
