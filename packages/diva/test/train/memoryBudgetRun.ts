import { Effect, Layer, Ref } from "effect"
import type { Execution } from "../../src/objective/execution.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { Events, type TrainEvent } from "../../src/train/observe/events.ts"
import { planTraining } from "../../src/train/plan/planTraining.ts"
import type { TrainConfig } from "../../src/train/config/trainConfig.ts"
import { trainDiva } from "../../src/train/trainDiva.ts"
import { roomyConfig, roomyShards } from "./tinyRun.ts"

export const slow = 240_000

export const frugal: Execution = { images: 1, draws: 1, recompute: ["imageTower", "unet"] }
export const parted: Execution = { images: 1, draws: 1, recompute: [] }
export const fast: Execution = { images: 1, draws: 2, recompute: [] }

// One image, two draws: eight executions to plan at most.
export const config: TrainConfig = { ...roomyConfig, batchSize: 1 }

export const peakOf = (execution: Execution) =>
  Effect.map(Gpu, ({ limits }) => planTraining({ ...config, execution }, limits!).peakBytes)

type Started = Extract<TrainEvent, { readonly _tag: "started" }>

interface Watched {
  readonly started: Started | undefined
  /** Most bytes held after a step. */
  readonly held: number
}

/** Trains, and watches how it starts and what the device holds. */
export const watched = Effect.fnUntraced(function* (of: TrainConfig) {
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

export const machine = () => Layer.mergeAll(roomyShards, Gpu.layer())
