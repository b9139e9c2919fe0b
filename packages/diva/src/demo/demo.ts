import { Effect, Layer } from "effect"
import type { ModelError } from "@diva/models"
import type { OpenShardsError } from "../data/shardsError.ts"
import { Shards } from "../data/shards.ts"
import { renderSamples, renderShard } from "../scenes/renderShard.ts"
import { divaModels } from "../objective/standardModels.ts"
import { referenceMethod } from "../objective/method.ts"
import { isThere } from "../files/presence.ts"
import { storage } from "../files/storage.ts"
import { fromEither } from "../fromEither.ts"
import { initialWeights } from "../weights/initialWeights.ts"
import { readMetrics, type MetricsLine } from "../run/metricsFile.ts"
import { runFiles } from "../run/runFiles.ts"
import { trainInFolder } from "../run/trainInFolder.ts"
import type { EventSink } from "../train/observe/events.ts"
import type { Gpu } from "../gpu/gpu.ts"
import { cosineSchedule } from "../train/config/schedule.ts"
import { referenceOptimisation, type TrainConfig } from "../train/config/trainConfig.ts"
import type { TrainError } from "../train/trainError.ts"
import { tinyModels, tinyPrompts, type TinySizes } from "./tinyModels.ts"

/** The demonstration: DIVA whole, on rendered scenes, with models small enough for a processor. */
export interface DemoOptions {
  /** Where data and run are written. */
  readonly folder: string
  /** Optimizer updates; 40. */
  readonly updates?: number
  /** Rendered scenes in the shard; 360. */
  readonly scenes?: number
  readonly seed?: number
  readonly commandLine?: readonly string[]
  readonly sinks?: readonly EventSink[]
}

/** Everything the demonstration can fail by. */
export type DemoError = TrainError | OpenShardsError | ModelError

/** What the demonstration made, and how its loss moved. */
export interface DemoSummary {
  readonly folder: string
  readonly files: ReturnType<typeof runFiles>
  readonly shard: string
  readonly scenes: number
  readonly updates: number
  readonly trainedParameters: number
  /** Mean loss over both inner draws of the first and of the last `window` updates. */
  readonly first: number
  readonly last: number
  readonly window: number
  readonly metrics: readonly MetricsLine[]
}

const sizes: TinySizes = {
  clipImage: 64,
  patch: 8,
  layers: 2,
  unetChannels: [16, 32],
  vaeChannels: [8, 16, 16],
  groups: 4,
  headWidth: 8,
  contextWidth: 32,
}

const imageSize = 64
const renderedSize = 96

/** The demonstration's run: everything as in the original but the models' sizes, the batch and the learning rate. */
export const demoConfig = Effect.fnUntraced(function* (updates: number, seed: number) {
  const configs = yield* fromEither(tinyModels(sizes))
  const models = divaModels(configs)
  const config: TrainConfig = {
    method: { ...referenceMethod(models), imagesPerUpdate: 10 },
    weights: initialWeights(configs, models, seed),
    promptIds: tinyPrompts,
    batchSize: 2,
    imageSize,
    optimisation: { ...referenceOptimisation, updates, schedule: cosineSchedule(0.1, 0.05) },
    seed,
    checkpointEvery: 10,
  }
  return config
})

/** Where `demoShard` renders to. */
const shardFile = (folder: string, scenes: number, seed: number, size: number): Effect.Effect<string> =>
  Effect.map(storage, ({ path }) =>
    path.join(folder, `scenes-${seed}-${scenes}${size === renderedSize ? "" : `-${size}px`}.tar`),
  )

/**
 * Renders a shard of captioned scenes into a folder, once: one that is there was rendered from the same seed and is used as
 * it is. Gives its path. Errors: file errors.
 */
export const demoShard = Effect.fnUntraced(function* (
  folder: string,
  scenes: number,
  seed: number,
  size: number = renderedSize,
) {
  const file = yield* shardFile(folder, scenes, seed, size)
  if (!(yield* isThere(file))) yield* renderShard({ path: file, count: scenes, seed, size })
  return file
})

/** The name of rendered scenes as a data source, in manifests. */
export const renderedScenes = "rendered scenes"

/** Scenes to render as data. */
export interface ScenesWanted {
  readonly count: number
  readonly seed: number
  /** Edge of the pictures, pixels. */
  readonly size: number
  /** A folder whose shard of these scenes is used where it is there. */
  readonly folder?: string
}

/** Rendered scenes as data: of the shard that is in a folder already, or in memory. Writes nothing. */
export const sceneShards = ({ count, seed, size, folder }: ScenesWanted): Layer.Layer<Shards, OpenShardsError> => {
  const options = { source: renderedScenes, size, seed }
  const chosen = Effect.gen(function* () {
    const file = folder === undefined ? undefined : yield* shardFile(folder, count, seed, size)
    if (file !== undefined && (yield* isThere(file))) return Shards.layerTar(file, options)
    return Shards.layerMemory(yield* Effect.promise(() => renderSamples({ count, seed, size })), options)
  })
  return Layer.unwrap(chosen)
}

/** The first run folder that is not finished: a finished demonstration is shown anew, an unfinished one goes on. */
const nextRun = Effect.fnUntraced(function* (folder: string) {
  const { path } = yield* storage
  const named = (run: number): string => path.join(folder, `run-${String(run).padStart(3, "0")}`)
  let run = 1
  while (yield* isThere(runFiles(named(run)).clip)) run += 1
  return named(run)
})

const meanLoss = (lines: readonly MetricsLine[]): number =>
  lines.reduce((sum, { losses }) => sum + losses.reduce((a, b) => a + b, 0) / losses.length, 0) / lines.length

/**
 * Renders scenes (once), builds a small CLIP and a small latent diffusion model with seeded random weights, runs DIVA and
 * tells how its loss moved. An unfinished demonstration is resumed, after a finished one another begins. Errors: those of `trainInFolder`, of
 * opening shards, and file errors.
 */
export const demo = Effect.fn("demo")(function* (options: DemoOptions): Effect.fn.Return<DemoSummary, DemoError, Gpu> {
  const { folder, updates = 40, scenes = 360, seed = 42, commandLine = [], sinks = [] } = options
  const shard = yield* demoShard(folder, scenes, seed)
  const config = yield* demoConfig(updates, seed)
  const run = yield* nextRun(folder)
  const state = yield* trainInFolder({ folder: run, config, commandLine, sinks }).pipe(
    Effect.provide(Shards.layerTar(shard, { source: renderedScenes, size: imageSize, seed })),
  )
  const metrics = yield* readMetrics(runFiles(run).metrics)
  const window = Math.max(1, Math.min(6, Math.floor(metrics.length / 2)))
  const summary: DemoSummary = {
    folder: run,
    files: runFiles(run),
    shard,
    scenes,
    updates: state.update,
    trainedParameters: [...state.parameters.values()].reduce((sum, { data }) => sum + data.length, 0),
    first: meanLoss(metrics.slice(0, window)),
    last: meanLoss(metrics.slice(-window)),
    window,
    metrics,
  }
  return summary
})
