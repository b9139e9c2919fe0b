import { add, type Shape, type Spec, type Tensor } from "@diva/tensor"
import { specsOf } from "@diva/models"
import { keyedDraws, type DrawKey } from "../objective/keyedDraws.ts"
import { microStep, type MicroStepInputs, type Trainable } from "../objective/microStep.ts"
import { normalisePixels } from "../objective/pixels.ts"
import type { SpecsOf } from "../gpu/gpu.ts"
import type { TrainConfig } from "./trainConfig.ts"

/** A training configuration without its weights: all that planning needs. */
export type PlannedConfig = Pick<
  TrainConfig,
  "method" | "batchSize" | "imageSize" | "promptIds" | "frozenStorage" | "execution"
>

/** What micro-steps add to until an update consumes it. */
export interface MicroSums {
  readonly gradientSum: Trainable
  /** Sum over micro-batches of the loss of each inner draw: [trainSteps]. */
  readonly lossSum: Tensor
}

/** What a micro-step takes as a run compiles it. */
export interface MicroArguments extends Omit<MicroStepInputs, "images">, MicroSums {
  /** Packed bytes, see `packPixels`. */
  readonly pixels: Tensor
  readonly drawKey: DrawKey
}

const f32 = (...shape: Shape): Spec => ({ shape, dtype: "f32" })
const words = (...shape: Shape): Spec => ({ shape, dtype: "u32" })

const trainableSpecs = ({ method: { models } }: PlannedConfig): SpecsOf<Trainable> => {
  const { width } = models.image
  const { contextWidth } = models.prior.unet
  return {
    class_model: { model: specsOf(models.image.parameters) },
    visual_proj: { weight: f32(contextWidth, width), bias: f32(contextWidth) },
  }
}

/** What a micro-step takes: parameters, sums so far, packed pixels and the key of its draws. */
export const microStepSpecs = (config: PlannedConfig): SpecsOf<MicroArguments> => {
  const { method, batchSize, imageSize, promptIds, frozenStorage = "f32" } = config
  const { prior } = method.models
  const trainable = trainableSpecs(config)
  return {
    trainable,
    gradientSum: trainable,
    frozen: {
      unet: specsOf(prior.unet.parameters, frozenStorage),
      vae: specsOf(prior.vae.parameters, frozenStorage),
      textEmbedding: f32(1, promptIds.template.length, prior.unet.contextWidth),
    },
    lossSum: f32(method.switches.trainSteps),
    pixels: words(batchSize, (imageSize * imageSize * 3) / 4),
    drawKey: { root: words(2), update: words(), first: words() },
  }
}

/** A micro-step as a run compiles it: adds one micro-batch's gradient and losses to the sums. */
export const microStepProgram =
  ({ method, imageSize, batchSize, execution }: PlannedConfig) =>
  ({ lossSum, drawKey, pixels, ...inputs }: MicroArguments): MicroSums => {
    const images = normalisePixels(pixels, imageSize)
    const draws = keyedDraws(method, drawKey, batchSize)
    const { gradientSum, losses } = microStep(method, { ...inputs, images }, draws, execution)
    return { gradientSum, lossSum: add(lossSum, losses) }
  }
