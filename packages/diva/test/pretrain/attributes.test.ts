import * as path from "node:path"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { renderShard, Shards } from "../../src/data/index.ts"
import { EvaluationEvents } from "../../src/evaluate/evaluationEvents.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { pretrainAttributes, type PretrainSettings } from "../../src/pretrain/index.ts"
import { readMetrics } from "../../src/run/metricsFile.ts"
import { scoreSamples, worldModels } from "../../src/world/index.ts"
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
  ...worldModels.clip,
  vision_cfg: { image_size: 16, patch_size: 8, width: 16, layers: 1, head_width: 8 },
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
    }).pipe(Effect.scoped, Effect.provide(EvaluationEvents.layerSilent)),
  )
})
