// A scientist: another encoder, a small convolutional one, the same pipeline. Small models, rendered scenes.
import { conv2d, gelu, mean, reshape, transpose, type Tensor } from "@diva/tensor"
import { parameterOf, type Parameter, type Params } from "@diva/models"
import { sceneShards, tinyRow, train, trainingOf, type ImageTower, type TrainOptions } from "@diva/diva"
import { Effect } from "effect"

const [imageSize, width, patch] = [16, 32, 4]

const drawn = (name: string, shape: readonly number[], deviation: number): Parameter => ({
  name: `visual.${name}`,
  shape,
  initial: { kind: "normal", deviation },
})

/** Patches through two convolutions; the global token is the mean of all. */
const convolutional: ImageTower = {
  title: `two convolutions ${width} wide, patch ${patch}, ${imageSize} px`,
  imageSize,
  width,
  parameters: [
    drawn("patches.weight", [width, 3, patch, patch], 0.1),
    drawn("patches.bias", [width], 0.01),
    drawn("mix.weight", [width, width, 3, 3], 0.06),
  ],
  features: (params: Params, image: Tensor) => {
    const of = (name: string): Tensor => parameterOf(params, `visual.${name}`)
    const seen = gelu(conv2d(image, of("patches.weight"), { stride: [patch, patch], bias: of("patches.bias") }))
    const mixed = conv2d(seen, of("mix.weight"), { padding: [1, 1, 1, 1] })
    const [batch, channels, rows, columns] = mixed.shape as readonly [number, number, number, number]
    const patches = transpose(reshape(mixed, [batch, channels, rows * columns]))
    return { global: mean(patches, { axis: 1, keep: true }), patches }
  },
}

const training = trainingOf(tinyRow(), {
  models: { image: convolutional },
  imagesPerUpdate: 2,
  batchSize: 1,
  imageSize,
  updates: 4,
})

export const experiment = (options: Partial<TrainOptions> = {}): Effect.Effect<unknown, unknown> =>
  train(training, {
    data: sceneShards({ count: 24, seed: 42, size: imageSize }),
    weights: "synthetic",
    folder: "runs/encoder",
    ...options,
  })

if (import.meta.main) await Effect.runPromise(experiment())
