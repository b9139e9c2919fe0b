import { Effect, Layer, Ref } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { Shards, writeTar, type Sample } from "../../src/data/index.ts"
import { tinyModels, tinyPrompts, type TinySizes } from "../../src/demo/tinyModels.ts"
import { smallestSizes } from "../../src/demo/tinyRow.ts"
import { divaModels, type ConfigSet } from "../../src/objective/standardModels.ts"
import { randomPatches } from "../../src/condition/index.ts"
import { referenceMethod } from "../../src/objective/method.ts"
import { referenceSwitches } from "../../src/objective/switches.ts"
import { initialWeights } from "../../src/weights/initialWeights.ts"
import { contentHash } from "../../src/weights/namedArrays.ts"
import { Events, type TrainEvent } from "../../src/train/observe/events.ts"
import type { RunState } from "../../src/checkpoint/runState.ts"
import { cosineSchedule } from "../../src/train/config/schedule.ts"
import { referenceOptimisation, type PromptIds, type TrainConfig } from "../../src/train/config/trainConfig.ts"
import { encodePng } from "@diva/models"

const configsOf = (sizes: TinySizes): ConfigSet =>
  E.getOrElseW((error: unknown) => {
    throw error
  })(tinyModels(sizes))

const configs = configsOf(smallestSizes)

const models = divaModels(configs)

// As the original's, the text has as many positions as tokens are retained; 77 of them would be most of what the CPU reference
// computes of so small a model.
const shortPrompts: PromptIds = { template: tinyPrompts.template.slice(0, 8), empty: tinyPrompts.empty.slice(0, 8) }

/** A run of four updates of two micro-batches of one 16-pixel image: the smallest that has everything. */
export const tinyConfig = {
  method: {
    ...referenceMethod(models),
    condition: randomPatches(7),
    switches: { ...referenceSwitches, referenceAccumulation: 2 },
    imagesPerUpdate: 2,
  },
  weights: initialWeights(configs, models, 7),
  promptIds: shortPrompts,
  batchSize: 1,
  imageSize: 16,
  optimisation: { ...referenceOptimisation, updates: 4, schedule: cosineSchedule(0.05, 0.25) },
  seed: 42,
  checkpointEvery: 2,
} satisfies TrainConfig

// A thread that decodes loads its modules anew: more than all these pictures cost.
export const tinyShardsOptions = { size: 16, seed: 3, workers: 0 } as const

const samples = async (): Promise<readonly Sample[]> =>
  Promise.all(
    Array.from({ length: 6 }, async (_, i) => {
      const data = Uint8Array.from({ length: 24 * 24 * 3 }, (_, at) => (at * (i + 3) + 31 * i) % 256)
      const png = await encodePng({ width: 24, height: 24, data })
      const fields = new Map([
        ["png", png],
        ["txt", new TextEncoder().encode(`pattern ${i}`)],
      ])
      return { key: String(i).padStart(6, "0"), fields }
    }),
  )

/** The same pictures as a webdataset tar file. */
export const writeTinyShard = (file: string) =>
  Effect.flatMap(Effect.promise(samples), (all) =>
    writeTar(
      file,
      all.flatMap(({ key, fields }) =>
        [...fields].map(([extension, bytes]) => ({ name: `${key}.${extension}`, bytes })),
      ),
    ),
  )

/** Six small pictures in memory. */
const shardsOf = (size: number) =>
  Layer.unwrap(Effect.map(Effect.promise(samples), (all) => Shards.layerMemory(all, { ...tinyShardsOptions, size })))

export const tinyShards = shardsOf(16)

const roomy = configsOf({
  clipImage: 64,
  patch: 8,
  layers: 3,
  unetChannels: [16, 32],
  vaeChannels: [8, 16],
  groups: 4,
  headWidth: 8,
  contextWidth: 16,
})

const roomyModels = divaModels(roomy)

/** Two updates of one micro-batch of two 64-pixel images: what happens between steps takes more memory than the weights. */
export const roomyConfig = {
  ...tinyConfig,
  method: {
    ...tinyConfig.method,
    models: roomyModels,
    switches: { ...referenceSwitches, referenceAccumulation: 1 },
  },
  weights: initialWeights(roomy, roomyModels, 7),
  batchSize: 2,
  imageSize: 64,
  optimisation: { ...tinyConfig.optimisation, updates: 2 },
} satisfies TrainConfig

export const roomyShards = shardsOf(64)

/** An event log and the layer that fills it. */
export const recordedEvents = Effect.map(Ref.make<readonly TrainEvent[]>([]), (record) => ({
  record,
  layer: Events.layerRecorded(record),
}))

/** One hash of everything a state holds that training decides. */
export const fingerprint = ({ update, position, parameters, optimizer }: RunState): string =>
  JSON.stringify([update, position, contentHash(parameters), contentHash(optimizer)])

/** A run long enough to be killed in its midst: twelve updates, a checkpoint after every second. */
export const longConfig: TrainConfig = { ...tinyConfig, optimisation: { ...tinyConfig.optimisation, updates: 12 } }
