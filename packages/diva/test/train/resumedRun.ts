import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Checkpoints } from "../../src/checkpoint/checkpoints.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { Events } from "../../src/train/observe/events.ts"
import { trainDiva } from "../../src/train/trainDiva.ts"
import { fingerprint, tinyConfig, tinyShards } from "./tinyRun.ts"
import { undisturbedBits } from "./undisturbedRun.ts"

const services = () => Layer.mergeAll(Gpu.layerInterpreter, tinyShards, Checkpoints.layerMemory, Events.layerOf([]))

/** Tests that a run ends with the same bits when it is stopped after any of these updates and resumed. */
export const testResumed = (updates: readonly number[]): void =>
  it.live(`ends with the same bits when it is stopped after update ${updates.join(" or ")} and resumed`, () =>
    Effect.gen(function* () {
      const whole = yield* undisturbedBits
      for (const stopAfter of updates) {
        const both = Effect.andThen(trainDiva({ ...tinyConfig, stopAfter }), trainDiva(tinyConfig))
        const resumed = yield* both.pipe(Effect.provide(services()))
        assert.strictEqual(fingerprint(resumed), whole)
      }
    }),
  )
