// A scientist: a score during training, computed on the parameters where they lie.
import { key, mean, normal, square, sub, type Tensor } from "@diva/tensor"
import * as D from "@diva/diva"
import { Effect } from "effect"

const changes = { imagesPerUpdate: 2, batchSize: 1, imageSize: 16, updates: 4 }
const training = D.trainingOf(D.tinyRow(), changes)
const { image } = training.method.models
const noise = (seed: number) => normal(key(seed), [1, 3, image.imageSize, image.imageSize])

/** How far two pictures of noise are from each other for the tower: mean (F(a) − F(b))². */
const spread: D.MachineProgram<object, { readonly spread: Tensor }> = {
  name: "spread",
  describe: ({ trainable }) => {
    const [a, b] = [1, 2].map((seed) => image.features(trainable.class_model.model, noise(seed)).global)
    return { spread: mean(square(sub(a!, b!))) }
  },
}

const scoring: D.Observer<never, D.Gpu> = {
  name: "spread",
  every: 2,
  also: ["start"],
  observe: ({ run, update }) =>
    Effect.gen(function* () {
      const found = yield* Effect.flatMap(run(spread, {}), (yield* D.Gpu).read)
      console.log(`after ${update} updates: spread ${found.spread.data[0]}`)
    }).pipe(Effect.orDie),
}

const data = D.sceneShards({ count: 24, seed: 42, size: 16 })

export const experiment = (options: Partial<D.TrainOptions> = {}): Effect.Effect<unknown, unknown> =>
  D.train(training, { data, weights: "synthetic", folder: "runs/scoring", observers: [scoring], ...options })

if (import.meta.main) await Effect.runPromise(experiment())
