import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Ref } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { constant, interpret, key, mul, type HostArray } from "@diva/tensor"
import { parseOpenaiClip } from "@diva/models"
import { expect, test } from "vitest"
import { Checkpoints } from "../../src/checkpoint/checkpoints.ts"
import type { RunState } from "../../src/checkpoint/runState.ts"
import { tinyModels } from "../../src/demo/tinyModels.ts"
import { smallestSizes } from "../../src/demo/tinyRow.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { minSnr, mse, type Loss } from "../../src/objective/loss.ts"
import {
  autoencoder,
  contrastive,
  denoising,
  learnt,
  pretrain,
  type Pretraining,
  type PretrainSettings,
} from "../../src/pretrain/index.ts"
import { symmetricCrossEntropy } from "../../src/pretrain/contrastive.ts"
import { Events, type TrainEvent } from "../../src/train/observe/events.ts"
import { titled } from "../../src/titled.ts"
import { contentHash, type NamedArrays } from "../../src/weights/namedArrays.ts"
import { tinyShards } from "../train/tinyRun.ts"

const right = <A>(value: E.Either<unknown, A>): A => {
  if (E.isLeft(value)) throw new Error(String(value.left))
  return value.right
}

const clip = right(
  parseOpenaiClip({
    embed_dim: 8,
    image_resolution: 16,
    vision_layers: 1,
    vision_width: 64,
    vision_patch_size: 8,
    context_length: 4,
    vocab_size: 32,
    transformer_width: 16,
    transformer_heads: 2,
    transformer_layers: 1,
  }),
)

const prior = right(tinyModels(smallestSizes))

/** Begin, one word for each digit, end. */
const idsOf =
  (context: number) =>
  (caption: string): Int32Array => {
    const ids = new Int32Array(context)
    ids.set([1, ...[...caption].flatMap((letter) => (/\d/.test(letter) ? [2 + Number(letter)] : [])), 31])
    return ids
  }

const settings: PretrainSettings = {
  updates: 4,
  batchSize: 3,
  peakLearningRate: 0.01,
  warmupRatio: 0.25,
  betas: [0.9, 0.98],
  weightDecay: 0.1,
  clipNorm: 1,
  averageDecay: 0.5,
  seed: 5,
  checkpointEvery: 2,
  logEvery: 1,
}

const watched = Effect.fnUntraced(function* <Frozen>(of: Pretraining<Frozen>, how: PretrainSettings) {
  const record = yield* Ref.make<readonly TrainEvent[]>([])
  const state = yield* pretrain(of, how).pipe(Effect.provide(Events.layerRecorded(record)))
  const losses = (yield* Ref.get(record)).flatMap((event) => (event._tag === "step" ? [event.loss] : []))
  return { state, losses }
})

const hashOf = ({ parameters, optimizer }: RunState): string => contentHash(parameters) + contentHash(optimizer)

const fresh = <A, E, R>(effect: Effect.Effect<A, E, R>) => effect.pipe(Effect.provide(Checkpoints.layerMemory))

layer(Layer.mergeAll(Gpu.layerInterpreter, tinyShards))("pre-training", (it) => {
  it.effect("a CLIP learns which caption belongs to which picture, and the average of its parameters is kept", () =>
    Effect.gen(function* () {
      const how = { ...settings, updates: 30 }
      const { state, losses } = yield* fresh(watched(contrastive(clip, idsOf(4), 2), how))
      assert.strictEqual(losses.length, 30)
      assert.closeTo(losses[0]!, Math.log(3), 0.6)
      assert.isBelow(losses.at(-1)!, 0.6 * losses[0]!)
      assert.deepStrictEqual(
        [...learnt(state).keys()].toSorted(),
        [...contrastive(clip, idsOf(4), 2).parameters.keys()].toSorted(),
      )
    }),
  )

  it.effect("stops and goes on with the same bits", () =>
    Effect.gen(function* () {
      const of = contrastive(clip, idsOf(4), 2)
      const whole = yield* fresh(watched(of, settings))
      const parts = yield* fresh(Effect.andThen(watched(of, { ...settings, stopAfter: 1 }), watched(of, settings)))
      assert.strictEqual(hashOf(parts.state), hashOf(whole.state))
    }),
  )

  it.effect("refuses to go on under other settings", () =>
    Effect.gen(function* () {
      const of = contrastive(clip, idsOf(4), 2)
      const refused = yield* fresh(
        Effect.andThen(
          watched(of, { ...settings, stopAfter: 1 }),
          Effect.flip(watched(of, { ...settings, weightDecay: 0.2 })),
        ),
      )
      assert.strictEqual(refused._tag, "SettingsDiffer")
    }),
  )

  it.effect("an autoencoder learns its pictures, and a denoiser predicts noise better than nothing does", () =>
    Effect.gen(function* () {
      const how = { ...settings, updates: 12, batchSize: 2 }
      const vae = yield* fresh(watched(autoencoder(prior.vae, { imageSize: 16, divergenceWeight: 1e-4 }, 1), how))
      assert.isBelow(vae.losses.at(-1)!, 0.8 * vae.losses[0]!)
      const of = denoising(prior, learnt(vae.state), idsOf(77), { imageSize: 16, captionDropout: 0.1 }, 3)
      const { losses } = yield* fresh(watched(of, { ...how, peakLearningRate: 0.02 }))
      assert.isTrue(losses.every(Number.isFinite))
      assert.isBelow(losses.at(-1)!, losses[0]!)
    }),
  )
})

/** The loss of a whole denoiser, which changes nothing, on two pictures with a key. */
const denoisingLoss = (loss?: Loss): number => {
  const vae = autoencoder(prior.vae, { imageSize: 16, divergenceWeight: 1e-4 }, 1).parameters
  const options = { imageSize: 16, captionDropout: 0, ...(loss === undefined ? {} : { loss }) }
  const of = denoising(prior, vae, idsOf(77), options, 3)
  const constants = (arrays: NamedArrays) =>
    Object.fromEntries([...arrays].map(([name, { data, shape }]) => [name, constant(data, shape)]))
  const pixels = constant(new Uint32Array((2 * 16 * 16 * 3) / 4).fill(0x40_80_20_c0), [2, (16 * 16 * 3) / 4], "u32")
  const ids = constant(new Int32Array(2 * 77), [2, 77], "i32")
  const params = constants(of.parameters)
  const total = of.loss(params, { pixels, ids }, { vae: constants(vae) }, key(7))
  return (interpret([total], new Map()) as readonly HostArray[])[0]!.data[0]!
}

test("a denoiser's error is the one it is given", () => {
  const doubled: Loss = titled("doubled", (inputs) => mul(mse(inputs), 2))
  const plain = denoisingLoss()
  expect(denoisingLoss(doubled)).toBeCloseTo(2 * plain, 5)
  expect(denoisingLoss(minSnr(1e9))).toBeCloseTo(plain, 5)
  expect(denoisingLoss(minSnr(0.5))).toBeLessThan(plain)
})

test("captions are dropped by their own draw", () => {
  const of = denoising(prior, new Map(), idsOf(77), { imageSize: 16, captionDropout: 0.25 }, 3)
  expect(of.idsOf("7", 0.2)).toEqual(idsOf(77)(""))
  expect(of.idsOf("7", 0.3)).toEqual(idsOf(77)("7"))
})

test("pictures of equal captions are right answers for one another", () => {
  const logits = constant([2, 1, 0, 1, 3, 0, 0, 1, 4], [3, 3])
  const shared = constant([0.5, 0.5, 0, 0.5, 0.5, 0, 0, 0, 1], [3, 3])
  const [got] = interpret([symmetricCrossEntropy(logits, shared)], new Map()) as readonly HostArray[]
  const rows = [
    [2, 1, 0],
    [1, 3, 0],
    [0, 1, 4],
  ]
  const targets = [
    [0.5, 0.5, 0],
    [0.5, 0.5, 0],
    [0, 0, 1],
  ]
  const oneWay = (at: (i: number, j: number) => number): number => {
    let total = 0
    for (let i = 0; i < 3; i++) {
      const sum = Math.log([0, 1, 2].reduce((all, j) => all + Math.exp(at(i, j)), 0))
      for (let j = 0; j < 3; j++) total -= targets[i]![j]! * (at(i, j) - sum)
    }
    return total / 3
  }
  const want = (oneWay((i, j) => rows[i]![j]!) + oneWay((i, j) => rows[j]![i]!)) / 2
  expect(got!.data[0]).toBeCloseTo(want, 5)
})
