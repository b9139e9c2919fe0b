import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Option, Ref } from "effect"
import { cast, constant, expand, mul, reshape, square, sub, take, type Tensor } from "@diva/tensor"
import { l1, type LossInputs } from "../../src/objective/loss.ts"
import { titled } from "../../src/titled.ts"
import { keyedSource } from "../../src/train/config/drawSource.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { Checkpoints } from "../../src/checkpoint/checkpoints.ts"
import { Events, type TrainEvent } from "../../src/train/observe/events.ts"
import type { TrainConfig } from "../../src/train/config/trainConfig.ts"
import { cosineSchedule } from "../../src/train/config/schedule.ts"
import { trainDiva } from "../../src/train/trainDiva.ts"
import { testResumed } from "./resumedRun.ts"
import { fingerprint, recordedEvents, tinyConfig, tinyShards } from "./tinyRun.ts"
import { undisturbedBits } from "./undisturbedRun.ts"

const machine = Layer.mergeAll(Gpu.layerInterpreter, tinyShards)

const memory = Layer.mergeAll(machine, Checkpoints.layerMemory)

const quiet = Events.layerOf([])

describe("a training run", () => {
  it.live("begins no update after its hours, and goes on later to the same bits", () =>
    Effect.gen(function* () {
      const stopped = trainDiva({ ...tinyConfig, maxHours: 1e-9 })
      const [first, both] = yield* Effect.all([stopped, trainDiva(tinyConfig)]).pipe(
        Effect.provide(Layer.merge(memory, quiet)),
      )
      assert.strictEqual(first.update, 0)
      assert.strictEqual(fingerprint(both), yield* undisturbedBits)
    }),
  )

  it.live("tells its start, every step, its checkpoints and its end in order", () =>
    Effect.gen(function* () {
      const { record, layer } = yield* recordedEvents
      yield* trainDiva(tinyConfig).pipe(Effect.provide(Layer.merge(memory, layer)))
      const events = yield* Ref.get(record)
      assert.deepStrictEqual(
        events.map(({ _tag }) => _tag),
        ["started", "step", "step", "checkpointed", "step", "step", "checkpointed", "finished"],
      )
      const etas = events.flatMap((event) => (event._tag === "step" ? [event.eta] : []))
      assert.deepStrictEqual(
        etas.map((eta) => typeof eta),
        ["undefined", "number", "number", "number"],
        "the first update compiles and tells nothing of the others",
      )
      assert.strictEqual(etas.at(-1), 0)
    }),
  )

  // After each of the others too: a long test.
  testResumed([3])
})

const run = (config: TrainConfig, log: Layer.Layer<Events> = quiet) => trainDiva(config).pipe(Effect.provide(log))

/** Interrupts the run as Ctrl-C does, at its first step. */
const interruptedRun = Effect.gen(function* () {
  const stepped = yield* Deferred.make<void>()
  const record = yield* Ref.make<readonly TrainEvent[]>([])
  const tell = Events.layerOf([
    (event) => Ref.update(record, (events) => [...events, event]),
    (event) => (event._tag === "step" ? Effect.asVoid(Deferred.succeed(stepped, undefined)) : Effect.void),
  ])
  const fiber = yield* Effect.forkChild(run(tinyConfig, tell))
  yield* Deferred.await(stepped)
  yield* Fiber.interrupt(fiber)
  return yield* Ref.get(record)
})

describe("a training run that is interrupted", () => {
  it.live("finishes its step, saves a checkpoint, and goes on with the same bits", () =>
    Effect.gen(function* () {
      const both = Effect.gen(function* () {
        const events = yield* interruptedRun
        const saved = Option.getOrThrow(yield* (yield* Checkpoints).latest)
        return { events, saved: saved.state.update, resumed: yield* run(tinyConfig) }
      })
      const { events, saved, resumed } = yield* both.pipe(Effect.provide(memory))
      assert.deepStrictEqual(
        events.map(({ _tag }) => _tag),
        ["started", "step", "checkpointed", "interrupted"],
      )
      assert.strictEqual(saved, 1)
      assert.strictEqual(fingerprint(resumed), yield* undisturbedBits)
    }),
  )
})

describe("a training run that cannot begin", () => {
  it.live("names the settings that differ from those of the run it would resume", () =>
    Effect.gen(function* () {
      const other: TrainConfig = {
        ...tinyConfig,
        seed: 43,
        method: {
          ...tinyConfig.method,
          loss: l1,
          switches: { ...tinyConfig.method.switches, noise: "sharedByInnerDraws" },
        },
      }
      const both = Effect.andThen(run({ ...tinyConfig, stopAfter: 1 }), Effect.flip(run(other)))
      const error = yield* both.pipe(Effect.provide(memory))
      assert.strictEqual(error._tag, "SettingsDiffer")
      if (error._tag === "SettingsDiffer") assert.deepStrictEqual(error.settings, ["loss", "seed", "switches.noise"])
    }),
  )

  it.live("names every weight that is missing or of another shape", () =>
    Effect.gen(function* () {
      const unet = new Map([...tinyConfig.weights.unet].slice(1))
      const config = { ...tinyConfig, weights: { ...tinyConfig.weights, unet } }
      const error = yield* Effect.flip(run(config).pipe(Effect.provide(memory)))
      assert.strictEqual(error._tag, "NamesMismatch")
      if (error._tag === "NamesMismatch") assert.lengthOf(error.missing, 1)
    }),
  )
})

describe("a training run that leaves the finite numbers", () => {
  const wild = (rate: number): TrainConfig => ({
    ...tinyConfig,
    optimisation: { ...tinyConfig.optimisation, updates: 6, schedule: cosineSchedule(rate, 0) },
    checkpointEvery: 1,
  })
  const ended = (config: TrainConfig) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(run(config))
      return { error, kept: yield* (yield* Checkpoints).latest }
    }).pipe(Effect.provide(memory))

  it.live("ends at the first loss that is not finite, says where, and keeps the checkpoint from before", () =>
    Effect.gen(function* () {
      const { error, kept } = yield* ended(wild(1e30))
      assert.propertyVal(error, "_tag", "TrainingDiverged")
      assert.propertyVal(error, "update", 2)
      assert.propertyVal(error, "quantity", "loss")
      assert.propertyVal(error, "tensor", "class_model.model.visual.class_embedding")
      assert.propertyVal(error, "microBatch", 0)
      assert.include(String(error), "the loss of update 2 is NaN")
      assert.strictEqual(Option.getOrThrow(kept).state.update, 1)
    }),
  )

  /** Timestep 500 from the update's second image on, whose loss overflows in the gradient alone. */
  const steep: TrainConfig = {
    ...tinyConfig,
    checkpointEvery: 100,
    method: {
      ...tinyConfig.method,
      loss: titled("steep", ({ predicted, noise, timesteps }: LossInputs) => {
        const weight = take(constant(Float32Array.from({ length: 1000 }, (_, t) => (t < 500 ? 1 : 1e30))), timesteps)
        return mul(square(sub(predicted, noise)), reshape(weight, [weight.shape[0]!, 1, 1, 1]))
      }),
    },
    draws: {
      ...keyedSource,
      title: "by place",
      draws: (method, given, batch) => (latent) =>
        keyedSource
          .draws(
            method,
            given,
            batch,
          )(latent)
          .map((each) => ({ ...each, timesteps: expand(mul(cast(given["first"] as Tensor, "i32"), 500), [batch]) })),
    },
  }

  it.live("names micro-batch, samples and tensor where only the gradient does, and saves the state before", () =>
    Effect.gen(function* () {
      const { error, kept } = yield* ended(steep)
      assert.propertyVal(error, "_tag", "TrainingDiverged")
      assert.propertyVal(error, "quantity", "gradient norm")
      assert.propertyVal(error, "microBatch", 1)
      assert.match(
        String(error),
        /the gradient norm of update 1 is Infinity, first in micro-batch 2 \(samples \d{6}\); the first tensor/,
      )
      assert.isTrue(Option.isNone(kept), "nothing was done yet")
    }),
  )

  it.live("saves the state before the update, which a later attempt goes on from", () =>
    Effect.gen(function* () {
      const whole = yield* run({ ...tinyConfig, stopAfter: 1 }).pipe(Effect.provide(memory))
      const { kept } = yield* ended({ ...wild(1e30), checkpointEvery: 100 })
      const { update, parameters } = Option.getOrThrow(kept).state
      assert.strictEqual(update, 1)
      assert.sameMembers([...parameters.keys()], [...whole.parameters.keys()])
    }),
  )

  it.live("saves no parameters that are not finite, though loss and gradient were", () =>
    Effect.gen(function* () {
      const { error, kept } = yield* ended(wild(3e39))
      assert.propertyVal(error, "_tag", "StateNotFinite")
      assert.propertyVal(error, "update", 1)
      assert.isTrue(Option.isNone(kept))
    }),
  )
})
