import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import type { TensorError } from "@diva/tensor"
import { Shards } from "../../src/data/index.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { readMetrics } from "../../src/run/metricsFile.ts"
import { readManifest } from "../../src/run/manifest.ts"
import { runFiles } from "../../src/run/runFiles.ts"
import { trainInFolder } from "../../src/run/trainInFolder.ts"
import type { Observer } from "../../src/train/observe/observer.ts"
import { losingGpu } from "../gpu/losingGpu.ts"
import { temporaryFolder } from "./folderRun.ts"
import { moments, testReopened, trained } from "./lostRun.ts"
import { tinyConfig, tinyShardsOptions, writeTinyShard } from "./tinyRun.ts"
import { undisturbedBits } from "./undisturbedRun.ts"

/** Reads the state after the third update: what a score does. */
const reading: Observer<TensorError> = {
  name: "reading",
  every: 3,
  observe: ({ state }) => Effect.asVoid(state),
}

// Losses at the other moments are long tests.
const quick = moments.filter(([moment]) => moment.startsWith("in ") || moment.includes("checkpoint"))

describe("a machine that is lost", () => {
  testReopened(quick)

  it.live("while an observer looks at the run is one as well", () =>
    Effect.gen(function* () {
      // The text, three updates and the two halves of the first checkpoint have been read by then.
      const { bits, told } = yield* trained({ read: [7] }, [reading])
      assert.strictEqual(bits, yield* undisturbedBits)
      assert.deepStrictEqual(told.slice(3), [
        "checkpointed",
        "step 3",
        "lost 3",
        "reopened 2",
        "step 3",
        "step 4",
        "checkpointed",
        "finished",
      ])
    }),
  )

  /** Lets the pauses before a machine is opened anew pass at once. */
  const hurried = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(effect)
      const turn = Effect.promise(() => new Promise((done) => setTimeout(done, 10)))
      const passing = Effect.forever(Effect.andThen(TestClock.adjust("1 second"), turn))
      return yield* Effect.raceFirst(Fiber.join(fiber), passing)
    })

  it.effect(
    "three times without getting further ends the run; with progress between it may be lost more often",
    () =>
      Effect.gen(function* () {
        const error = yield* hurried(Effect.flip(trained({ run: [3, 5, 7, 9] })))
        assert.propertyVal(error, "_tag", "DeviceLost")
        assert.include(String((error as { readonly rule: string }).rule), "reopened 3 times")
        // Two updates are done between one loss and the next, and saved.
        const { asking, told } = yield* hurried(trained({ run: [3, 12, 14, 22, 24] }))
        assert.strictEqual(asking.reopened, 5)
        assert.strictEqual(told.at(-1), "finished")
      }),
    120_000,
  )

  it.live("leaves the same metrics, each update once, and one launch", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const shard = join(root, "data.tar")
      yield* writeTinyShard(shard)
      const metricsOf = Effect.fnUntraced(function* (name: string, gpu: Layer.Layer<Gpu>) {
        const folder = join(root, name)
        const services = Layer.merge(gpu, Shards.layerTar(shard, tinyShardsOptions))
        yield* trainInFolder({ folder, config: tinyConfig, commandLine: [] }).pipe(Effect.provide(services))
        const lines = yield* readMetrics(runFiles(folder).metrics)
        const manifest = yield* readManifest(runFiles(folder).manifest)
        return {
          lines: lines.map((line) => ({ ...line, seconds: 0, computing: 0 })),
          launches: manifest!.launches.length,
        }
      })
      const whole = yield* metricsOf("whole", Gpu.layerInterpreter)
      const lost = yield* metricsOf("lost", losingGpu({ run: [12] }).layer)
      assert.deepStrictEqual(lost, whole)
      assert.strictEqual(whole.lines.length, 4)
    }),
  )
})
