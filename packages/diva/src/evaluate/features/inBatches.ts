import { Effect, Fiber, Stream } from "effect"
import type { HostArray, TensorError } from "@diva/tensor"
import { Gpu } from "../../gpu/gpu.ts"
import type { MachineArray } from "../../gpu/machineArray.ts"
import type { BusyClock } from "./busyClock.ts"

/** Batches made ready while the machine works. */
const ahead = 2

export interface BatchWork<A, E, R> {
  readonly size: number
  readonly clock: BusyClock
  /** Sends one batch; what it gives is read back before the batch after the next is sent. */
  readonly send: (items: readonly A[]) => Effect.Effect<{ readonly vectors: MachineArray }, E, R>
  /** Takes the vectors of a batch, in order of batches. */
  readonly take: (items: readonly A[], vectors: HostArray) => Effect.Effect<void, E, R>
}

/**
 * Sends a stream of items to the machine batch by batch. While one batch is computed the next is sent and those after it are
 * made ready, so that the machine waits for nobody who is fast enough.
 */
export const inBatches = Effect.fnUntraced(function* <A, E, R, E2, R2>(
  items: Stream.Stream<A, E2, R2>,
  { size, clock, send, take }: BatchWork<A, E, R>,
) {
  const gpu = yield* Gpu
  let last: Fiber.Fiber<void, E | TensorError> | undefined
  const compute = (batch: readonly A[]) =>
    clock.during(
      Effect.flatMap(send(batch), ({ vectors }) => Effect.map(gpu.read({ vectors }), (read) => read.vectors)),
    )
  yield* items.pipe(
    Stream.grouped(size),
    Stream.buffer({ capacity: ahead }),
    Stream.runForEach((batch) =>
      Effect.gen(function* () {
        const before = last
        const next = yield* Effect.forkChild(
          Effect.gen(function* () {
            const vectors = yield* compute(batch)
            if (before !== undefined) yield* Fiber.join(before)
            yield* take(batch, vectors)
          }),
          { startImmediately: true },
        )
        last = next
        if (before !== undefined) yield* Fiber.join(before)
      }),
    ),
  )
  if (last !== undefined) yield* Fiber.join(last)
})
