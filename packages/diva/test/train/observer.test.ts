import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { mean, square, type HostArray, type Tensor } from "@diva/tensor"
import { Data, Effect, Fiber, Latch, Layer, Option, Ref } from "effect"
import { Checkpoints } from "../../src/checkpoint/checkpoints.ts"
import { Shards } from "../../src/data/index.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { readManifest } from "../../src/run/manifest.ts"
import { runFiles } from "../../src/run/runFiles.ts"
import { trainInFolder } from "../../src/run/trainInFolder.ts"
import { Events, type TrainEvent } from "../../src/train/observe/events.ts"
import type { MachineProgram } from "../../src/train/machine/machineRun.ts"
import { isDue, type Observer } from "../../src/train/observe/observer.ts"
import { trainDiva } from "../../src/train/trainDiva.ts"
import { temporaryFolder } from "./folderRun.ts"
import { fingerprint, recordedEvents, tinyConfig, tinyShards, tinyShardsOptions, writeTinyShard } from "./tinyRun.ts"
import { undisturbedBits } from "./undisturbedRun.ts"

const machine = Layer.mergeAll(Gpu.layerInterpreter, tinyShards)
const quiet = Layer.merge(Checkpoints.layerMemory, Events.layerOf([]))

/** The mean square of the image tower's features: what a score looks like. */
const strength: MachineProgram<{ readonly image: Tensor }, { readonly strength: Tensor }> = {
  name: "strength",
  describe: ({ trainable }, { image }) => ({
    strength: mean(square(tinyConfig.method.models.image.features(trainable.class_model.model, image).global)),
  }),
}

const pictures = (count: number): HostArray => ({
  shape: [count, 3, 16, 16],
  dtype: "f32",
  data: Float32Array.from({ length: count * 768 }, (_, i) => Math.sin(i)),
})

const scoring = (scores: Ref.Ref<readonly number[]>): Observer<never, Gpu> => ({
  name: "strength",
  every: 2,
  also: ["start"],
  observe: ({ run }) =>
    Effect.gen(function* () {
      const gpu = yield* Gpu
      const read = yield* Effect.flatMap(run(strength, { image: pictures(2) }), gpu.read)
      yield* Ref.update(scores, (all) => [...all, read.strength.data[0]!])
    }).pipe(Effect.orDie),
})

describe("an observer", () => {
  it("is due at its updates, and at the moments it names", () => {
    assert.isTrue(isDue({ every: 2 }, { moment: "update", update: 4 }))
    assert.isFalse(isDue({ every: 2 }, { moment: "update", update: 3 }))
    assert.isFalse(isDue({ every: 2 }, { moment: "finish", update: 4 }))
    assert.isTrue(isDue({ every: 2, also: ["finish"] }, { moment: "finish", update: 3 }))
  })

  it.live("computes on the parameters where they lie, and leaves the run's bits as they are", () =>
    Effect.gen(function* () {
      const scores = yield* Ref.make<readonly number[]>([])
      const seen = yield* trainDiva(tinyConfig, [scoring(scores)]).pipe(Effect.provide(quiet))
      assert.strictEqual(fingerprint(seen), yield* undisturbedBits)
      const found = yield* Ref.get(scores)
      assert.lengthOf(found, 3)
      assert.lengthOf(new Set(found), 3)
    }).pipe(Effect.provide(machine)),
  )

  it.live("compiles a program once for each shape, and tells it", () =>
    Effect.gen(function* () {
      const { record, layer } = yield* recordedEvents
      const twice: Observer = {
        name: "twice",
        every: 1,
        observe: ({ run }) =>
          Effect.orDie(
            Effect.forEach([1, 2, 1], (count) => run(strength, { image: pictures(count) }), { discard: true }),
          ),
      }
      yield* trainDiva(tinyConfig, [twice]).pipe(Effect.provide(Layer.merge(Checkpoints.layerMemory, layer)))
      const compiled = (yield* Ref.get(record)).flatMap((event) => (event._tag === "compiled" ? event.program : []))
      assert.deepStrictEqual(compiled, ["strength", "strength"])
    }).pipe(Effect.provide(machine)),
  )

  it.live(
    "is told in the run's start, sees the state, and comes between log and checkpoint: the last is saved when all has been seen",
    () =>
      Effect.gen(function* () {
        const seen = yield* Ref.make<readonly string[]>([])
        const note = (what: string) => Ref.update(seen, (all) => [...all, what])
        const log = Events.layerOf([({ _tag }: TrainEvent) => note(_tag)])
        const watching: Observer = {
          name: "watching",
          every: 4,
          also: ["start", "finish"],
          observe: ({ moment, update, state }) =>
            Effect.flatMap(Effect.orDie(state), ({ parameters }) => note(`${moment} ${update} ${parameters.size > 0}`)),
        }
        yield* trainDiva(tinyConfig, [watching]).pipe(Effect.provide(Layer.merge(Checkpoints.layerMemory, log)))
        assert.deepStrictEqual((yield* Ref.get(seen)).slice(-4), [
          "update 4 true",
          "finish 4 true",
          "checkpointed",
          "finished",
        ])
        assert.include(yield* Ref.get(seen), "start 0 true")
      }).pipe(Effect.provide(machine)),
  )

  class Broken extends Data.TaggedError("Broken")<object> {}

  it.live("that fails ends the run with its own error, after the state is saved", () =>
    Effect.gen(function* () {
      const failing: Observer<Broken> = { name: "failing", every: 3, observe: () => Effect.fail(new Broken()) }
      const error = yield* Effect.flip(trainDiva(tinyConfig, [failing]))
      assert.strictEqual(error._tag, "Broken")
      assert.strictEqual(Option.getOrThrow(yield* (yield* Checkpoints).latest).state.update, 3)
    }).pipe(Effect.provide(Layer.merge(machine, quiet))),
  )

  it.live("that takes for ever can be interrupted", () =>
    Effect.gen(function* () {
      const begun = yield* Latch.make()
      const endless: Observer = { name: "endless", every: 1, observe: () => Effect.andThen(begun.open, Effect.never) }
      const fiber = yield* Effect.forkChild(trainDiva(tinyConfig, [endless]))
      yield* begun.await
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(Option.getOrThrow(yield* (yield* Checkpoints).latest).state.update, 1)
    }).pipe(Effect.provide(Layer.merge(machine, quiet))),
  )

  it.live("stands in the manifest with the programs it compiled", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const shard = join(folder, "data.tar")
      yield* writeTinyShard(shard)
      const scores = yield* Ref.make<readonly number[]>([])
      const run = { folder, config: tinyConfig, commandLine: [], observers: [scoring(scores)] }
      yield* trainInFolder(run).pipe(
        Effect.provide(Layer.merge(Gpu.layerInterpreter, Shards.layerTar(shard, tinyShardsOptions))),
      )
      const [launch] = (yield* readManifest(runFiles(folder).manifest))!.launches
      assert.deepStrictEqual(launch!.observers, [
        { name: "logging", every: 1 },
        { name: "strength", every: 2 },
        { name: "checkpoints", every: 2 },
      ])
    }),
  )
})

describe("a run that fails before its first update", () => {
  it.live("leaves no checkpoint: there is nothing to go on with", () =>
    Effect.gen(function* () {
      const broken: Observer<Error> = {
        name: "broken",
        every: 1,
        also: ["start"],
        observe: () => Effect.fail(new Error("no")),
      }
      yield* Effect.flip(trainDiva(tinyConfig, [broken]))
      assert.isTrue(Option.isNone(yield* (yield* Checkpoints).latest))
    }).pipe(Effect.provide(Layer.merge(machine, quiet))),
  )
})
