import { assert, it } from "@effect/vitest"
import { Effect, Layer, Ref } from "effect"
import type { TensorError } from "@diva/tensor"
import { Checkpoints } from "../../src/checkpoint/checkpoints.ts"
import type { Observer } from "../../src/train/observe/observer.ts"
import { trainDiva } from "../../src/train/trainDiva.ts"
import { losingGpu, type Asked } from "../gpu/losingGpu.ts"
import { fingerprint, recordedEvents, tinyConfig, tinyShards } from "./tinyRun.ts"
import { undisturbedBits } from "./undisturbedRun.ts"

interface LostRun {
  readonly bits: string
  /** Events by name, with the update where that matters. */
  readonly told: readonly string[]
  readonly asking: ReturnType<typeof losingGpu>["state"]
}

/** A tiny run on a machine that is lost when it is asked for such things so many times: its bits, and what it told. */
export const trained = (
  at: Partial<Record<Asked, readonly number[]>>,
  observers: readonly Observer<TensorError>[] = [],
): Effect.Effect<LostRun, unknown> =>
  Effect.gen(function* () {
    const { state: asking, layer } = losingGpu(at)
    const { record, layer: events } = yield* recordedEvents
    const services = Layer.mergeAll(layer, tinyShards, Checkpoints.layerMemory, events)
    const state = yield* trainDiva(tinyConfig, observers).pipe(Effect.provide(services))
    const told = (yield* Ref.get(record)).map((event) =>
      event._tag === "deviceLost"
        ? `lost ${event.update}`
        : event._tag === "reopened"
          ? `reopened ${event.from}`
          : event._tag === "step"
            ? `step ${event.update}`
            : event._tag,
    )
    return { bits: fingerprint(state), told, asking }
  })

type Moment = readonly [moment: string, what: Asked, count: number]

export const moments: readonly Moment[] = [
  ["while weights are put on it", "put", 1],
  ["while programs are compiled", "compile", 2],
  ["in the first update", "run", 3],
  ["in a later update", "run", 11],
  ["while losses are read", "read", 2],
  ["while a checkpoint is read", "read", 4],
]

/** Tests that a machine lost at these moments is opened anew, and the run ends with the same bits. */
export const testReopened = (at: readonly Moment[]): void =>
  it.live(
    "is opened anew wherever it was lost, and the run ends with the same bits",
    () =>
      Effect.gen(function* () {
        const whole = yield* undisturbedBits
        for (const [moment, what, count] of at) {
          const { bits, told, asking } = yield* trained({ [what]: [count] })
          assert.strictEqual(bits, whole, moment)
          assert.strictEqual(asking.reopened, 1, moment)
          assert.strictEqual(told.filter((tag) => tag.startsWith("lost")).length, 1, moment)
          assert.strictEqual(told.filter((tag) => tag === "started").length, 1, moment)
        }
      }),
    120_000,
  )
