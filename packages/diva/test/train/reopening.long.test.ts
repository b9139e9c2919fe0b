import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Ref } from "effect"
import { mean, square, type TensorError } from "@diva/tensor"
import { Gpu } from "../../src/gpu/gpu.ts"
import { Checkpoints } from "../../src/checkpoint/checkpoints.ts"
import type { Observer } from "../../src/train/observe/observer.ts"
import { trainDiva } from "../../src/train/trainDiva.ts"
import { losingDevice, type DeviceCall } from "../gpu/losingDevice.ts"
import { fingerprint, recordedEvents, tinyConfig, tinyShards } from "./tinyRun.ts"

const losing = losingDevice()

afterAll(losing.restore)

/** Computes on the run's parameters after the second update, as scoring does. */
const evaluating = (during: Effect.Effect<void>): Observer<TensorError, Gpu> => ({
  name: "evaluating",
  every: 2,
  observe: Effect.fnUntraced(function* ({ run }) {
    yield* during
    const gpu = yield* Gpu
    const program = {
      name: "size",
      describe: ({ trainable }: { readonly trainable: { readonly visual_proj?: Record<string, never> } }) => ({
        size: mean(square(Object.values(trainable.visual_proj!)[0]!)),
      }),
    }
    yield* Effect.orDie(Effect.flatMap(run(program as never, {}), (read) => gpu.read(read)))
  }),
})

const trained = Effect.fnUntraced(function* (observers: readonly Observer<TensorError, Gpu>[] = []) {
  const { record, layer } = yield* recordedEvents
  const services = Layer.mergeAll(Gpu.layer(), tinyShards, Checkpoints.layerMemory, layer)
  const state = yield* trainDiva(tinyConfig, observers).pipe(Effect.provide(services))
  const losses = (yield* Ref.get(record)).filter(({ _tag }) => _tag === "deviceLost").length
  return { bits: fingerprint(state), losses }
})

describe("a device that is destroyed", () => {
  it.live(
    "is opened anew whatever it was doing, and the run ends with the same bits",
    () =>
      Effect.gen(function* () {
        const whole = yield* trained()
        const moments: readonly (readonly [string, DeviceCall, number])[] = [
          ["while weights are uploaded", "writeBuffer", 3],
          ["while kernels are compiled", "createComputePipelineAsync", 3],
          ["in the midst of a micro-step", "submit", 9],
          ["while an update's losses are read", "mapAsync", 2],
          ["while a checkpoint is read", "mapAsync", 4],
        ]
        for (const [moment, call, count] of moments) {
          losing.loseAt(call, count)
          assert.deepStrictEqual(yield* trained(), { bits: whole.bits, losses: 1 }, moment)
        }
      }),
    300_000,
  )

  it.live(
    "while the model is looked at is one as well",
    () =>
      Effect.gen(function* () {
        const whole = yield* trained([evaluating(Effect.void)])
        let times = 0
        const once = Effect.sync(() => void (times++ === 0 && losing.opened.at(-1)!.destroy()))
        assert.deepStrictEqual(yield* trained([evaluating(once)]), { bits: whole.bits, losses: 1 })
      }),
    300_000,
  )
})
