import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Checkpoints } from "../../src/checkpoint/checkpoints.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { Events } from "../../src/train/observe/events.ts"
import type { TrainConfig } from "../../src/train/config/trainConfig.ts"
import { trainDiva } from "../../src/train/trainDiva.ts"
import { relativeError } from "../reference/caseFolder.ts"
import { tinyConfig, tinyShards } from "./tinyRun.ts"

export const slow = 240_000

/** Two micro-batches of two images, as the command line's tests train: what compiles for one serves both. */
export const adapterConfig: TrainConfig = {
  ...tinyConfig,
  method: { ...tinyConfig.method, imagesPerUpdate: 4 },
  batchSize: 2,
}

/** What a tiny run needs besides a machine. */
export const services = () => Layer.mergeAll(tinyShards, Checkpoints.layerMemory, Events.layerOf([]))

export const run = (config: TrainConfig) => trainDiva(config)

/** Tests that the adapter trains the parameters that the CPU reference does. */
export const testAgreement = (stored: string, config: TrainConfig): void =>
  it.live(
    `a training run on the adapter agrees with the CPU reference on the trained parameters, the frozen models stored in ${stored}`,
    () =>
      Effect.gen(function* () {
        const onAdapter = yield* run(config).pipe(Effect.provide(Layer.merge(services(), Gpu.layer())))
        const reference = yield* run(config).pipe(Effect.provide(Layer.merge(services(), Gpu.layerInterpreter)))
        for (const [name, want] of reference.parameters)
          assert.isAtMost(relativeError(onAdapter.parameters.get(name), want), 1e-5, name)
      }),
    slow,
  )
