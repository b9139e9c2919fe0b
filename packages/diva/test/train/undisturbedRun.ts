import { Effect, Layer } from "effect"
import { Checkpoints } from "../../src/checkpoint/checkpoints.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { Events } from "../../src/train/observe/events.ts"
import { trainDiva } from "../../src/train/trainDiva.ts"
import { fingerprint, tinyConfig, tinyShards } from "./tinyRun.ts"

const services = Layer.mergeAll(Gpu.layerInterpreter, tinyShards, Checkpoints.layerMemory, Events.layerOf([]))

let bits: Promise<string> | undefined

/** The bits that the tiny run ends with where nothing disturbs it. Many tests compare with them: they are computed once a process. */
export const undisturbedBits = Effect.promise(
  () => (bits ??= Effect.runPromise(Effect.map(Effect.provide(trainDiva(tinyConfig), services), fingerprint))),
)
