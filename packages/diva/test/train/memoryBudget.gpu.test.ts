import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Option, Ref } from "effect"
import type { Execution } from "../../src/objective/execution.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { Checkpoints } from "../../src/checkpoint/checkpoints.ts"
import { Events, type TrainEvent } from "../../src/train/events.ts"
import { planTraining } from "../../src/train/planTraining.ts"
import type { TrainConfig } from "../../src/train/trainConfig.ts"
import { trainDiva } from "../../src/train/trainDiva.ts"
import { relativeError } from "../reference/caseFolder.ts"
import { fingerprint, roomyConfig, roomyShards } from "./tinyRun.ts"

const slow = 240_000

const frugal: Execution = { images: 1, draws: 1, recompute: ["imageTower", "unet"] }
const parted: Execution = { images: 1, draws: 1, recompute: [] }
const fast: Execution = { images: 1, draws: 2, recompute: [] }

// One image, two draws: eight executions to plan at most.
const config: TrainConfig = { ...roomyConfig, batchSize: 1 }

const peakOf = (execution: Execution) =>
  Effect.map(Gpu, ({ limits }) => planTraining({ ...config, execution }, limits!).peakBytes)

type Started = Extract<TrainEvent, { readonly _tag: "started" }>

interface Watched {
  readonly started: Started | undefined
  /** Most bytes held after a step. */
  readonly held: number
}

/** Trains, and watches how it starts and what the device holds. */
const watched = Effect.fnUntraced(function* (of: TrainConfig) {
  const gpu = yield* Gpu
  const seen = yield* Ref.make<Watched>({ started: undefined, held: 0 })
  const watch = (event: TrainEvent) =>
    Effect.flatMap(gpu.live, ({ bytes }) =>
      Ref.update(seen, ({ started, held }) => ({
        started: event._tag === "started" ? event : started,
        held: event._tag === "step" ? Math.max(held, bytes) : held,
      })),
    )
  const state = yield* trainDiva(of).pipe(Effect.provide(Events.layerOf([watch])))
  return { state, ...(yield* Ref.get(seen)) }
})

const machine = () => Layer.mergeAll(roomyShards, Gpu.layer())

layer(machine(), { timeout: slow })("a training run with a memory budget", (it) => {
  it.effect(
    "keeps to it, tells what it chose, and holds what was predicted",
    () =>
      Effect.gen(function* () {
        const budget = yield* peakOf(parted)
        const { started, held } = yield* watched({ ...config, memoryBudget: budget })
        assert.isAtMost(started!.peakBytes!, budget)
        assert.notDeepEqual(started!.execution, fast)
        assert.isAtMost(Math.abs(held / started!.peakBytes! - 1), 0.1)
      }).pipe(Effect.provide(Checkpoints.layerMemory)),
    slow,
  )

  it.effect(
    "trains the same parameters to rounding as without",
    () =>
      Effect.gen(function* () {
        const [whole, parts] = yield* Effect.all(
          [fast, frugal].map((execution) =>
            trainDiva({ ...config, execution }).pipe(
              Effect.provide(Layer.merge(Checkpoints.layerMemory, Events.layerOf([]))),
            ),
          ),
        )
        for (const [name, want] of whole!.parameters)
          assert.isAtMost(relativeError(parts!.parameters.get(name), want), 1e-5, name)
      }),
    slow,
  )

  it.effect(
    "that is resumed goes on as it began, with the same bits, and says when it no longer fits",
    () =>
      Effect.gen(function* () {
        const memoryBudget = yield* peakOf(parted)
        const whole = yield* watched({ ...config, memoryBudget }).pipe(Effect.provide(Checkpoints.layerMemory))
        const stopped = Effect.gen(function* () {
          const begun = yield* watched({ ...config, memoryBudget, stopAfter: 1 })
          const refused = yield* Effect.flip(watched({ ...config, memoryBudget: 2 ** 10 }))
          assert.strictEqual(refused._tag, "MemoryBudgetTooSmall")
          const resumed = yield* watched(config)
          assert.deepStrictEqual(resumed.started?.execution, begun.started!.execution)
          assert.isTrue(Option.isSome(yield* (yield* Checkpoints).latest))
          return resumed.state
        })
        const resumed = yield* stopped.pipe(Effect.provide(Checkpoints.layerMemory))
        assert.strictEqual(fingerprint(resumed), fingerprint(whole.state))
      }),
    slow,
  )
})
