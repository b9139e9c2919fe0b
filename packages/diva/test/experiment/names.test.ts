import { assert, it } from "@effect/vitest"
import { encodeJpeg } from "@diva/models"
import { Effect } from "effect"
import { Shards, type Sample } from "../../src/data/index.ts"
import { tinyRow } from "../../src/demo/tinyRow.ts"
import { train } from "../../src/experiment/train.ts"
import { trainingOf } from "../../src/experiment/trainingOf.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { readManifest } from "../../src/run/manifest.ts"
import { runFiles } from "../../src/run/runFiles.ts"
import { temporaryFolder } from "../train/folderRun.ts"

const samples: Effect.Effect<readonly Sample[]> = Effect.promise(async () => {
  const picture = await encodeJpeg({ width: 16, height: 16, data: new Uint8Array(768).fill(120) })
  return ["a", "b"].map((key) => ({ key, fields: new Map([["jpg", picture]]) }))
})

it.live(
  "an image tower, a prior and a source of data of one's own stand in the run's manifest by their names",
  () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const { models } = trainingOf(tinyRow()).method
      const training = trainingOf(tinyRow(), {
        models: {
          image: { ...models.image, title: "my tower" },
          prior: {
            ...models.prior,
            title: "my prior",
            // Any function of latents, timesteps and context predicts; this one asks the row's own.
            unet: { ...models.prior.unet, predict: (...given) => models.prior.unet.predict(...given) },
          },
        },
        imagesPerUpdate: 1,
        batchSize: 1,
        imageSize: 16,
        updates: 1,
      })
      const data = Shards.layerMemory(yield* samples, { size: 16, workers: 0, source: "my pictures" })
      yield* train(training, { data, weights: "synthetic", folder, gpu: Gpu.layerInterpreter, sinks: [] })
      const manifest = (yield* readManifest(runFiles(folder).manifest))!
      assert.deepStrictEqual(manifest.settings["models"], { image: "my tower", prior: "my prior" })
      assert.strictEqual(manifest.data.source, "my pictures")
    }),
  60_000,
)
