// A scientist: another condition, the same pipeline. Small models, rendered scenes.
import { concat, mean } from "@diva/tensor"
import { sceneShards, tinyRow, titled, train, trainingOf, type Condition, type TrainOptions } from "@diva/diva"
import { Effect } from "effect"

/** The global token, and the mean of all patches. */
const classPlusMean: Condition = titled("classPlusMean", ({ global, patches }) =>
  concat([global, mean(patches, { axis: 1, keep: true })], 1),
)

const training = trainingOf(tinyRow(), {
  condition: classPlusMean,
  imagesPerUpdate: 2,
  batchSize: 1,
  imageSize: 16,
  updates: 4,
})

export const experiment = (options: Partial<TrainOptions> = {}): Effect.Effect<unknown, unknown> =>
  train(training, {
    data: sceneShards({ count: 24, seed: 42, size: 16 }),
    weights: "synthetic",
    folder: "runs/condition",
    ...options,
  })

if (import.meta.main) await Effect.runPromise(experiment())
