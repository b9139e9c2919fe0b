import { existsSync } from "node:fs"
import * as path from "node:path"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { renderSamples } from "../../src/scenes/index.ts"
import { Doing, type Activity } from "../../src/doing.ts"
import { Shards } from "../../src/data/index.ts"
import { readObject } from "../../src/files/readObject.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { trainBytePairs } from "@diva/models"
import {
  learnVocabulary,
  pretrainClip,
  pretrainDiffusion,
  pretrainVae,
  readModel,
  type PretrainSettings,
} from "../../src/pretrain/index.ts"
import { openClipModel } from "../../src/evaluate/index.ts"
import { fromEither } from "../../src/fromEither.ts"
import { readConfigs } from "../../src/sources/readConfigs.ts"
import { readPrior, sampleImages } from "../../src/sample/index.ts"
import { renderShard } from "../../src/scenes/index.ts"
import type { NamedArrays } from "../../src/weights/namedArrays.ts"
import { smallestWorldModels } from "../world/smallestWorldModels.ts"
import { temporaryFolder } from "../train/folderRun.ts"

const size = 16
const settings: PretrainSettings = {
  updates: 2,
  batchSize: 2,
  peakLearningRate: 0.01,
  warmupRatio: 0,
  betas: [0.9, 0.99],
  weightDecay: 0,
  clipNorm: 1,
  averageDecay: 0,
  seed: 3,
  checkpointEvery: 2,
  logEvery: 1,
}

const diffusion = smallestWorldModels(520, 8)
const { clip, vae } = diffusion
const vocabulary = trainBytePairs(["a red ball", "a red ball", "a red cat"], 6)

/** Adding nought makes −0 and 0 the same. */
const numbersOf = (weights: NamedArrays) =>
  [...weights].map(([name, { shape, data }]) => [name, shape, Array.from(data, (value) => value + 0)])

const scenes = Effect.promise(() => renderSamples({ count: 6, seed: 4, size, captions: "web" }))
const withScenes = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(scenes, (samples) => Effect.provide(effect, Shards.layerMemory(samples, { size, workers: 0 })))

layer(Gpu.layerInterpreter)("models learnt into folders", (it) => {
  it.effect("a CLIP that sees one patch in two lies in OpenCLIP's files, and is where the next begins", () =>
    withScenes(
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const request = { settings, config: clip, vocabulary, onePatchIn: 2, commandLine: [] }
        const model = yield* pretrainClip({ ...request, folder })
        for (const name of ["open_clip_model.safetensors", "open_clip_config.json", "vocab.json", "merges.txt"])
          assert.isTrue(existsSync(path.join(model, name)), name)
        const opened = yield* openClipModel({ path: model })
        assert.strictEqual(opened.config.text.vocabulary, 520)
        assert.strictEqual(opened.preset.size, size)
        assert.strictEqual((yield* fromEither(opened.tokenizer.row("a red ball"))).length, 8)
        const first = yield* readModel(model)
        const still = { ...settings, peakLearningRate: 0 }
        const second = yield* pretrainClip({ ...request, settings: still, folder: path.join(folder, "2"), from: first })
        assert.deepStrictEqual(numbersOf(yield* readModel(second)), numbersOf(first))
      }),
    ),
  )

  it.effect("a VAE, then a diffusion model on it, which draws the same pictures for the same seed", () =>
    withScenes(
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const request = { settings, commandLine: [] }
        const coder = yield* pretrainVae({
          ...request,
          folder: path.join(folder, "vae"),
          config: vae,
          divergenceWeight: 1e-4,
        })
        const { scaling_factor: factor } = yield* readObject(path.join(coder, "config.json"))
        assert.isAbove(factor as number, 0)
        const model = yield* pretrainDiffusion({
          ...request,
          folder: path.join(folder, "diffusion"),
          config: diffusion,
          vae: coder,
          vocabulary,
          captionDropout: 0.5,
        })
        const prior = yield* readPrior(model)
        assert.strictEqual(prior.configs.vae.latentScale, factor)
        const { configs, promptIds } = yield* readConfigs({ clipConfig: "openai-l14-224", sd: model })
        assert.strictEqual(configs.unet.contextWidth, 8)
        const [start, end] = ["<|startoftext|>", "<|endoftext|>"].map((token) => vocabulary.ids.get(token)!)
        assert.deepStrictEqual(promptIds.empty, [start!, ...new Array<number>(7).fill(end!)])
        const draw = (caption: string, seed: number) =>
          sampleImages(prior, { captions: [caption], size, seed, steps: 2 })
        const [picture] = yield* draw("a red ball", 1)
        assert.deepStrictEqual([picture!.width, picture!.height, picture!.data.length], [size, size, 3 * size * size])
        assert.deepStrictEqual(yield* draw("a red ball", 1), [picture!])
        assert.notDeepEqual(yield* draw("a red ball", 2), [picture!])
      }),
    ),
  )

  it.effect("a vocabulary is learnt from the captions of shards", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "scenes.tar")
      yield* renderShard({ path: file, count: 40, seed: 1, size: 16, captions: "web" })
      const heard: Activity[] = []
      const { ids } = yield* learnVocabulary(file, 560).pipe(
        Effect.provideService(Doing, (activity) => Effect.sync(() => void heard.push(activity))),
      )
      assert.deepStrictEqual(heard.at(-1), { what: "learning 560 tokens from 40 captions", blocks: true })
      assert.strictEqual(ids.size, 560)
      assert.isTrue(ids.has("a</w>"))
    }),
  )
})
