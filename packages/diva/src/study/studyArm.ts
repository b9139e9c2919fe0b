import { concat, sliceAxis, type Tensor } from "@diva/tensor"
import { Effect, Layer, Schema } from "effect"
import type { TokenSource } from "../condition/tokenSource.ts"
import type { Training } from "../experiment/trainingOf.ts"
import { checkPartial } from "../settings/checkSettings.ts"
import type { RunModels } from "../sources/readConfigs.ts"
import { readWeights } from "../sources/readWeights.ts"
import { Weights } from "../sources/weights.ts"
import { initialProjection, syntheticWeights } from "../weights/initialWeights.ts"
import type { WorldFiles } from "../world/shippedWorld.ts"
import { worldTraining } from "../world/worldTraining.ts"

/** One thing that is tried, as the study's file says it. */
export const StudyArm = Schema.Struct({
  name: Schema.String,
  /** What it is to show, a sentence. */
  asks: Schema.String,
  seeds: Schema.Array(Schema.Int),
  /** Scenes to train on; the study's own number by default. */
  scenes: Schema.optional(Schema.Int),
  /** Settings of `diva train` that differ from the world's. */
  settings: Schema.optional(Schema.Record(Schema.String, Schema.Unknown)),
  /** The diffusion model: the world's, one of random weights, or a folder of another beside the study's file. */
  prior: Schema.optional(Schema.String),
  /** Which picture the feedback is about: the tower's own, or another of the batch, as a control. */
  feedback: Schema.optional(Schema.Literals(["own", "another"])),
})

export type StudyArm = typeof StudyArm.Type

/** A batch moved on by one. */
const rolled = (batch: Tensor): Tensor =>
  concat([sliceAxis(batch, 0, 1, batch.shape[0]!), sliceAxis(batch, 0, 0, 1)], 0)

/** The training in which the diffusion model hears, of each picture, the tokens of another of its micro-batch. */
const aboutAnother = (training: Training): Training => {
  const { tokens } = training.method
  const features: TokenSource["features"] = (...given) => {
    const { global, patches } = tokens.features(...given)
    return { global: rolled(global), patches: rolled(patches) }
  }
  const moved: TokenSource = { ...tokens, title: `${tokens.title}, of another picture`, features }
  return { ...training, method: { ...training.method, tokens: moved } }
}

/** An arm's training with one seed. Errors: `ConfigInvalid` for settings that there are none of, or values that do not fit. */
export const armTraining = Effect.fnUntraced(function* (
  { settings = {}, feedback = "own" }: StudyArm,
  models: RunModels,
  seed: number,
) {
  const training = worldTraining(models, { ...(yield* checkPartial(settings)), seed })
  return feedback === "own" ? training : aboutAnother(training)
})

export const randomPrior = "random"

/** The world's weights, with a UNet of random ones for the control. */
export const armWeights = ({ prior }: StudyArm, { clip, diffusion }: WorldFiles): Layer.Layer<Weights> => {
  const sd = prior === undefined || prior === randomPrior ? diffusion : prior
  const files = { clip, sd }
  if (prior !== randomPrior) return Weights.layerFiles(files)
  return Layer.succeed(
    Weights,
    Weights.of({
      modelWeights: ({ configs, method, seed }) =>
        Effect.map(readWeights(files), (weights) => ({
          ...weights,
          unet: syntheticWeights(configs, method.models, seed).unet,
          visualProjection: initialProjection(method.models, seed, method),
        })),
    }),
  )
}
