import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { Checkpoints } from "../../src/checkpoint/checkpoints.ts"
import { Events } from "../../src/train/observe/events.ts"
import { trainDiva } from "../../src/train/trainDiva.ts"
import { relativeError } from "../reference/caseFolder.ts"
import { config, fast, frugal, machine, parted, peakOf, slow, watched } from "./memoryBudgetRun.ts"
import { fingerprint } from "./tinyRun.ts"

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
