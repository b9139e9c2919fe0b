// A scientist: another loss, weighted by the timestep. Small models, rendered scenes.
import { abs, add, constant, div, mul, reshape, sub, take } from "@diva/tensor"
import { sceneShards, tinyRow, titled, train, trainingOf, type Loss, type TrainOptions } from "@diva/diva"
import { Effect } from "effect"

/** |d| / (1 + |d|), so that no element counts more than 1, times √(1 − ᾱ): clean latents count less. */
const bounded: Loss = titled("bounded", ({ predicted, noise, timesteps, schedule }) => {
  const size = abs(sub(predicted, noise))
  const share = take(constant(schedule.sqrtOneMinusAlphasCumprod), timesteps)
  return mul(div(size, add(size, 1)), reshape(share, [timesteps.shape[0]!, 1, 1, 1]))
})

const training = trainingOf(tinyRow(), {
  loss: bounded,
  imagesPerUpdate: 2,
  batchSize: 1,
  imageSize: 16,
  updates: 4,
})

export const experiment = (options: Partial<TrainOptions> = {}): Effect.Effect<unknown, unknown> =>
  train(training, {
    data: sceneShards({ count: 24, seed: 42, size: 16 }),
    weights: "synthetic",
    folder: "runs/loss",
    ...options,
  })

if (import.meta.main) await Effect.runPromise(experiment())
