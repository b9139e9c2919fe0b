import * as path from "node:path"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Shards } from "../../src/data/index.ts"
import { renderShard } from "../../src/scenes/index.ts"
import { EvaluationEvents } from "../../src/evaluate/evaluationEvents.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { pretrainAttributes, type PretrainSettings } from "../../src/pretrain/index.ts"
import { readMetrics } from "../../src/run/metricsFile.ts"
import { compareWorld, measureModels, measureWorld, scoreSamples, stating, worldModels } from "../../src/world/index.ts"
import { temporaryFolder } from "../train/folderRun.ts"
import { tinyWorld } from "../world/tinyWorld.ts"

const settings: PretrainSettings = {
  updates: 12,
  batchSize: 4,
  peakLearningRate: 0.02,
  warmupRatio: 0.1,
  betas: [0.9, 0.98],
  weightDecay: 0.1,
  clipNorm: 1,
  averageDecay: 0.5,
  seed: 5,
  checkpointEvery: 100,
  logEvery: 1,
}

const config = {
  ...worldModels.attributes,
  block_out_channels: [4, 8],
  down_block_types: ["DownEncoderBlock2D", "DownEncoderBlock2D"],
  up_block_types: ["UpDecoderBlock2D", "UpDecoderBlock2D"],
  norm_num_groups: 2,
}

layer(Gpu.layerInterpreter)("a judge of samples", (it) => {
  it.effect("learns from captioned scenes, and judges what a diffusion model draws beside the scenes themselves", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const data = path.join(folder, "scenes.tar")
      yield* renderShard({ path: data, count: 8, seed: 1, size: 16 })
      const run = path.join(folder, "attributes")
      const attributes = yield* pretrainAttributes({ folder: run, settings, config, commandLine: [] }).pipe(
        Effect.provide(Shards.layerTar([data], { size: 16, seed: 1, crop: { area: [1, 1], aspect: [1, 1] } })),
      )
      const losses = (yield* readMetrics(path.join(run, "metrics.jsonl"))).map(({ losses: [loss] }) => loss!)
      assert.isBelow(losses.at(-1)!, 0.8 * losses[0]!)
      const world = yield* tinyWorld(path.join(folder, "world"))
      const request = {
        model: world.diffusion,
        clip: world.clip,
        attributes,
        count: 3,
        seed: 7,
        size: 16,
        steps: 2,
        batch: 2,
      }
      const report = yield* scoreSamples(request)
      assert.deepStrictEqual(report, yield* scoreSamples(request))
      assert.isAbove(report.distance, 0)
      assert.isAbove(report.distanceOfScenes, 0)
      assert.strictEqual(report.samples.objects.count, 3)
      assert.strictEqual(report.scenes.places.count, 3)

      const few = { seed: 7, classScenes: 2, heldOut: 4, samples: 3, steps: 2, batch: 2, size: 16 }
      const measured = yield* measureWorld({ world: { ...world, attributes }, ...few })
      assert.deepStrictEqual(measured.samples, report)
      assert.isAbove(measured.estimates["vae.error"]!.value, 0)
      // Random weights predict nothing of the noise.
      assert.isAbove(measured.estimates["diffusion.noise"]!.value, 0.5)
      assert.strictEqual(measured.estimates["clip.control"]!.count, 9)
      const some = yield* measureModels(["attributes", "vae"], { world: { ...world, attributes }, ...few })
      assert.deepStrictEqual(
        some,
        Object.fromEntries(Object.entries(measured.estimates).filter(([name]) => /^(attributes|vae)\./.test(name))),
      )
      const statement = { measured: stating(measured).measured }
      assert.isTrue(compareWorld(statement, measured).every(({ holds }) => holds))
      const wrong = { ...measured.estimates, "vae.error": { ...measured.estimates["vae.error"]!, value: 1e3 } }
      assert.deepStrictEqual(
        compareWorld(statement, { estimates: wrong }).flatMap(({ name, holds }) => (holds ? [] : [name])),
        ["vae.error"],
      )
    }).pipe(Effect.scoped, Effect.provide(EvaluationEvents.layerSilent)),
  )
})
