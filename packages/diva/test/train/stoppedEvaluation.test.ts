import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Latch, Layer, Ref } from "effect"
import { Shards } from "../../src/data/index.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { readMetrics, readScores } from "../../src/run/metricsFile.ts"
import { runFiles } from "../../src/run/runFiles.ts"
import { trainInFolder } from "../../src/run/trainInFolder.ts"
import { describedState } from "../../src/checkpoint/checkpointFiles.ts"
import { statesIn } from "../../src/checkpoint/checkpointFolder.ts"
import { Events } from "../../src/train/observe/events.ts"
import type { Observer } from "../../src/train/observe/observer.ts"
import type { TrainConfig } from "../../src/train/config/trainConfig.ts"
import { temporaryFolder } from "./folderRun.ts"
import { fingerprint, tinyConfig, tinyShardsOptions, writeTinyShard } from "./tinyRun.ts"

/** Four updates, none of whose scored ones is a checkpoint's turn. */
const config: TrainConfig = {
  ...tinyConfig,
  checkpointEvery: 100,
  keepBest: "first",
}

const scoreOf = (parameters: ReadonlyMap<string, { readonly data: ArrayLike<number> }>): number =>
  [...parameters.values()].reduce((sum, { data }) => sum + Number(data[0]), 0)

/** Tells two scores of the state; between them it may be held up for ever, the nth time that it is asked. */
const scoring = (holdAt?: { readonly turn: number; readonly held: Latch.Latch }) =>
  Effect.map(Ref.make(0), (turns): Observer<never, Events> => {
    const scored = Effect.fnUntraced(function* (on: string, update: number, value: number) {
      const scores = { it: { value, count: 1, interval: { low: value, high: value } } }
      yield* (yield* Events).publish({ _tag: "scored", update, on, scores })
    }, Effect.orDie)
    return {
      name: "scoring",
      every: 2,
      also: ["start", "finish"],
      observe: ({ state, update, moment }) =>
        Effect.gen(function* () {
          if (moment === "start" && update > 0) return
          const turn = yield* Ref.updateAndGet(turns, (count) => count + 1)
          const value = scoreOf((yield* Effect.orDie(state)).parameters)
          yield* scored(moment === "finish" ? "first at the end" : "first", update, value)
          if (turn === holdAt?.turn) yield* Effect.andThen(holdAt.held.open, Effect.never)
          yield* scored(moment === "finish" ? "second at the end" : "second", update, 2 * value)
        }),
    }
  })

/** What metrics say, without how long things took. */
const metricsOf = Effect.fnUntraced(function* (folder: string) {
  const { metrics } = runFiles(folder)
  const steps = (yield* readMetrics(metrics)).map((step) => ({ ...step, seconds: 0, computing: 0 }))
  return { steps, scores: yield* readScores(metrics) }
})

const checkpointsOf = Effect.fnUntraced(function* (folder: string) {
  const { checkpoints } = runFiles(folder)
  const [newest = ""] = yield* statesIn(checkpoints)
  return yield* describedState(join(checkpoints, newest))
})

describe("a run that is stopped while it is scored", () => {
  it.live(
    "is scored when it goes on, and leaves what one leaves that was never stopped",
    () =>
      Effect.gen(function* () {
        const root = yield* temporaryFolder
        yield* writeTinyShard(join(root, "data.tar"))
        const run = (folder: string, observer: Observer<never, Events>) =>
          trainInFolder({ folder: join(root, folder), config, commandLine: [], observers: [observer] })
        const services = Layer.merge(Gpu.layerInterpreter, Shards.layerTar(join(root, "data.tar"), tinyShardsOptions))
        yield* Effect.gen(function* () {
          const whole = yield* run("whole", yield* scoring())
          /** Stopped while it is scored for the nth time of this process. */
          const stoppedAt = Effect.fnUntraced(function* (turn: number) {
            const held = yield* Latch.make()
            const fiber = yield* Effect.forkChild(run("stopped", yield* scoring({ turn, held })))
            yield* held.await
            yield* Fiber.interrupt(fiber)
            const { update, unseen } = yield* checkpointsOf(join(root, "stopped"))
            return { update, unseen }
          })
          assert.deepStrictEqual(yield* stoppedAt(2), { update: 2, unseen: "update" })
          assert.deepStrictEqual(yield* stoppedAt(2), { update: 4, unseen: "update" })
          assert.deepStrictEqual(yield* stoppedAt(2), { update: 4, unseen: "finish" })
          const stopped = yield* run("stopped", yield* scoring())
          assert.strictEqual(fingerprint(stopped), fingerprint(whole))
          assert.deepStrictEqual(yield* metricsOf(join(root, "stopped")), yield* metricsOf(join(root, "whole")))
          assert.deepStrictEqual(yield* checkpointsOf(join(root, "stopped")), yield* checkpointsOf(join(root, "whole")))
        }).pipe(Effect.provide(services))
      }).pipe(Effect.scoped),
    60_000,
  )
})
