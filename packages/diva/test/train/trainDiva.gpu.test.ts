import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Gpu } from "../../src/gpu/gpu.ts"
import type { NamedArrays } from "../../src/weights/namedArrays.ts"
import { Checkpoints } from "../../src/checkpoint/checkpoints.ts"
import { Events } from "../../src/train/events.ts"
import type { TrainConfig } from "../../src/train/trainConfig.ts"
import { trainDiva } from "../../src/train/trainDiva.ts"
import { fingerprint, tinyConfig, tinyShards } from "./tinyRun.ts"
import { relativeError } from "../reference/caseFolder.ts"

const slow = 240_000

const services = () => Layer.mergeAll(tinyShards, Checkpoints.layerMemory, Events.layerOf([]))

const half = (arrays: NamedArrays): NamedArrays =>
  new Map([...arrays].map(([name, { shape, data }]) => [name, { shape, dtype: "f16", data: Float16Array.from(data) }]))

const { unet, vae, text } = tinyConfig.weights

const halfPrior: TrainConfig = {
  ...tinyConfig,
  weights: { ...tinyConfig.weights, unet: half(unet), vae: half(vae), text: half(text) },
}

const run = (config: TrainConfig) => trainDiva(config)

describe("a training run on the adapter", () => {
  it.live(
    "ends with the same bits whether or not it was stopped, and gives every buffer back",
    () =>
      Effect.gen(function* () {
        const gpu = yield* Gpu
        const before = yield* gpu.live
        const whole = yield* run(tinyConfig).pipe(Effect.provide(services()))
        assert.deepStrictEqual(yield* gpu.live, before)
        const both = Effect.andThen(run({ ...tinyConfig, stopAfter: 3 }), run(tinyConfig))
        assert.strictEqual(fingerprint(yield* both.pipe(Effect.provide(services()))), fingerprint(whole))
        assert.deepStrictEqual(yield* gpu.live, before)
      }).pipe(Effect.provide(Gpu.layer())),
    slow,
  )

  for (const [stored, config] of Object.entries({ f32: tinyConfig, f16: halfPrior }))
    it.live(
      `agrees with the CPU reference on the trained parameters, the frozen models stored in ${stored}`,
      () =>
        Effect.gen(function* () {
          const onAdapter = yield* run(config).pipe(Effect.provide(Layer.merge(services(), Gpu.layer())))
          const reference = yield* run(config).pipe(Effect.provide(Layer.merge(services(), Gpu.layerInterpreter)))
          for (const [name, want] of reference.parameters)
            assert.isAtMost(relativeError(onAdapter.parameters.get(name), want), 1e-5, name)
        }),
      slow,
    )
})
