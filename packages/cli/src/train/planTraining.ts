import {
  keyedDraws,
  microStep,
  normalisePixels,
  type DrawKey,
  type MicroStepInputs,
  type SpecsOf,
  type Trainable,
  type TrainConfig,
} from "@diva/diva"
import { specsOf, type Parameter } from "@diva/models"
import { add, planOf, sizeOf, type KernelLimits, type Plan, type Shape, type Spec, type Tensor } from "@diva/tensor"

/** A training configuration without its weights: all that planning needs. */
export type PlannedConfig = Omit<TrainConfig, "weights">

/** What a training step will take, known before anything is read or run. */
export interface TrainingPlan {
  readonly microStep: Plan
  /** Numbers that train. */
  readonly trainedParameters: number
  /** Numbers that do not. */
  readonly frozenParameters: number
  /** Largest device memory of a run: the micro-step's peak, and the momentum that waits meanwhile. */
  readonly peakBytes: number
  /** Floating-point operations of one update. */
  readonly updateFlops: number
}

interface MicroArguments extends Omit<MicroStepInputs, "images"> {
  readonly lossSum: Tensor
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
  const { method, batchSize, imageSize, promptIds } = config
  const { prior } = method.models
  const trainable = trainableSpecs(config)
  return {
    trainable,
    gradientSum: trainable,
    frozen: {
      unet: specsOf(prior.unet.parameters),
      vae: specsOf(prior.vae.parameters),
      textEmbedding: f32(1, promptIds.template.length, prior.unet.contextWidth),
    },
    lossSum: f32(method.switches.trainSteps),
    pixels: words(batchSize, (imageSize * imageSize * 3) / 4),
    drawKey: { root: words(2), update: words(), first: words() },
  }
}

/** A micro-step as a run compiles it: adds one micro-batch's gradient and losses to the sums. */
export const microStepProgram =
  ({ method, imageSize, batchSize }: PlannedConfig) =>
  ({ lossSum, drawKey, pixels, ...inputs }: MicroArguments) => {
    const images = normalisePixels(pixels, imageSize)
    const { gradientSum, losses } = microStep(method, { ...inputs, images }, keyedDraws(method, drawKey, batchSize))
    return { gradientSum, lossSum: add(lossSum, losses) }
  }

const count = (parameters: readonly Parameter[]): number =>
  parameters.reduce((total, { shape }) => total + sizeOf(shape), 0)

const trainedCount = ({ method: { models } }: PlannedConfig): number => {
  const { contextWidth } = models.prior.unet
  return count(models.image.parameters) + contextWidth * (models.image.width + 1)
}

/** Plans a run's micro-step for an adapter's limits. Throws what describing a program throws. */
export const planTraining = (config: PlannedConfig, limits: KernelLimits): TrainingPlan => {
  const { prior } = config.method.models
  const plan = planOf(microStepProgram(config), microStepSpecs(config), limits, {
    name: "microStep",
    donate: ["gradientSum", "lossSum"],
  })
  const trained = trainedCount(config)
  return {
    microStep: plan,
    trainedParameters: trained,
    frozenParameters: count(prior.unet.parameters) + count(prior.vae.parameters),
    peakBytes: plan.peakBytes + 4 * trained,
    updateFlops: plan.flops * config.method.accumulation,
  }
}
