import { join } from "node:path"
import { mean, square, type Tensor } from "@diva/tensor"
import { Effect, Layer } from "effect"
import type { RunState } from "../../src/checkpoint/runState.ts"
import { Shards, type OpenShardsError } from "../../src/data/index.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { trainInFolder } from "../../src/run/trainInFolder.ts"
import { Events } from "../../src/train/observe/events.ts"
import type { MachineProgram } from "../../src/train/machine/machineRun.ts"
import type { Observer } from "../../src/train/observe/observer.ts"
import type { TrainConfig } from "../../src/train/config/trainConfig.ts"
import type { TrainError } from "../../src/train/trainError.ts"
import { layerWatchedFiles } from "../files/watchedFiles.ts"
import { tinyConfig, tinyShardsOptions } from "../train/tinyRun.ts"

/** What a process does when it is killed. */
export const moments = ["training", "file", "evaluating"] as const

export type Moment = (typeof moments)[number]

/** Called whenever the run comes to a moment. */
export type AtMoment = (moment: Moment) => void

const strength: MachineProgram<Record<never, never>, { readonly strength: Tensor }> = {
  name: "strength",
  describe: ({ trainable }) => ({ strength: mean(square(Object.values(trainable.class_model.model)[0]!)) }),
}

/** A score of the model as it is: computed from its parameters where they lie, told like any other. */
const evaluation = (at: AtMoment): Observer<never, Gpu | Events> => ({
  name: "evaluation",
  every: 3,
  also: ["start", "finish"],
  observe: ({ run, update, moment }) =>
    Effect.gen(function* () {
      if (moment === "start" && update > 0) return
      at("evaluating")
      const gpu = yield* Gpu
      const { strength: read } = yield* Effect.flatMap(run(strength, {}), gpu.read)
      at("evaluating")
      const value = read.data[0]!
      const scores = { value: { value, count: 1, interval: { low: value, high: value } } }
      yield* (yield* Events).publish({
        _tag: "scored",
        update,
        on: moment === "finish" ? "the end" : "strength",
        scores,
      })
      at("evaluating")
    }).pipe(Effect.orDie),
})

const training = (at: AtMoment): Observer => ({
  name: "training",
  every: 1,
  also: ["microStep"],
  observe: () => Effect.sync(() => at("training")),
})

export const soakConfig = (updates: number): TrainConfig => ({
  ...tinyConfig,
  optimisation: { ...tinyConfig.optimisation, updates },
  checkpointEvery: 2,
  keepBest: "strength",
})

/** Trains in a folder on its `data.tar`, with an evaluation every third update, and says at which moments it is. */
export const soakRun = (
  root: string,
  folder: string,
  updates: number,
  at: AtMoment = () => {},
): Effect.Effect<RunState, TrainError | OpenShardsError> =>
  trainInFolder({
    folder,
    config: soakConfig(updates),
    commandLine: ["soak"],
    observers: [training(at), evaluation(at)],
  }).pipe(
    Effect.provide(
      Layer.mergeAll(
        Gpu.layerInterpreter,
        Shards.layerTar(join(root, "data.tar"), tinyShardsOptions),
        layerWatchedFiles(() => Effect.sync(() => at("file"))),
      ),
    ),
  )
