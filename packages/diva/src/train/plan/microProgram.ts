import { add, withPrecision, type Shape, type Spec, type Tensor } from "@diva/tensor"
import { specsOf, type Parameter } from "@diva/models"
import type { Method } from "../../objective/method.ts"
import { microStep, type Frozen, type MicroStepInputs, type Trainable } from "../../objective/microStep.ts"
import { normalisePixels } from "../../objective/pixels.ts"
import type { Sums } from "../../objective/update.ts"
import type { SpecsOf } from "../../gpu/machineArray.ts"
import { drawSpecs, keyedSource, type DrawArguments } from "../config/drawSource.ts"
import type { TrainConfig } from "../config/trainConfig.ts"

/** A training configuration without its weights: all that planning needs. */
export type PlannedConfig = Omit<TrainConfig, "weights">

/** Micro-batches that make one update. */
export const microBatches = ({ method: { imagesPerUpdate }, batchSize }: PlannedConfig): number =>
  imagesPerUpdate / batchSize

/** Losses and penalties that a micro-step gives. */
export const lossCount = ({ method: { switches, regularisers } }: PlannedConfig): number =>
  switches.trainSteps + regularisers.length

/** What a micro-step takes as a run compiles it. */
export interface MicroArguments extends Omit<MicroStepInputs, "images">, Sums {
  /** Packed bytes, see `packPixels`. */
  readonly pixels: Tensor
  /** What its draw source gives. */
  readonly draws: DrawArguments
}

const f32 = (...shape: Shape): Spec => ({ shape, dtype: "f32" })
const words = (...shape: Shape): Spec => ({ shape, dtype: "u32" })

/** Parameters of the projection of a method's tokens. */
export const projectionParameters = ({ models, tokens, projection }: Method): readonly Parameter[] =>
  projection.parameters(tokens.width(models.image), models.prior.unet.contextWidth)

const trainsProjection = ({ switches }: Method): boolean => switches.visualProjection === "trained"

/** What trains, and what of the rest is read. */
const parameterSpecs = ({ method, promptIds, ...config }: PlannedConfig) => {
  const frozenStorage = config.frozenStorage ?? "f32"
  const { image, prior } = method.models
  const model = specsOf(image.parameters)
  const visual_proj = specsOf(projectionParameters(method))
  const projection = { visual_proj }
  const isTrained = trainsProjection(method)
  const trainable: SpecsOf<Trainable> = { class_model: { model }, ...(isTrained ? projection : {}) }
  const frozen: SpecsOf<Frozen> = {
    unet: specsOf(prior.unet.parameters, frozenStorage),
    vae: specsOf(prior.vae.parameters, frozenStorage),
    textEmbedding: f32(1, promptIds[method.switches.prompt].length, prior.unet.contextWidth),
    ...(isTrained ? {} : projection),
    ...(method.regularisers.some(({ readsInitial }) => readsInitial) ? { initial: model } : {}),
  }
  return { trainable, frozen }
}

/** What a micro-step takes: parameters, sums so far, packed pixels and the key of its draws. */
export const microStepSpecs = (config: PlannedConfig): SpecsOf<MicroArguments> => {
  const { batchSize, imageSize } = config
  const { trainable, frozen } = parameterSpecs(config)
  return {
    trainable,
    gradientSum: trainable,
    frozen,
    lossSum: f32(lossCount(config)),
    pixels: words(batchSize, (imageSize * imageSize * 3) / 4),
    draws: drawSpecs(config.draws ?? keyedSource),
  }
}

/** A micro-step as a run compiles it: adds one micro-batch's gradient and losses to the sums. */
export const microStepProgram =
  ({ method, imageSize, batchSize, execution, draws: source = keyedSource, precision }: PlannedConfig) =>
  ({ lossSum, draws: given, pixels, ...inputs }: MicroArguments): Sums => {
    const images = normalisePixels(pixels, imageSize)
    const draws = source.draws(method, given, batchSize)
    const step = () => microStep(method, { ...inputs, images }, draws, execution)
    const { gradientSum, losses } = precision === undefined ? step() : withPrecision(precision, step)
    return { gradientSum, lossSum: add(lossSum, losses) }
  }

/**
 * The micro-step's name, what a run of it consumes, what stays as it is, and the memory within which what follows from that is kept
 * between runs: what a budget leaves beside `waiting` bytes of the rest of a training.
 */
export const microStepOptions = ({ memoryBudget }: PlannedConfig, waiting: number) =>
  ({
    name: "microStep",
    donate: ["gradientSum", "lossSum"],
    frozen: ["frozen"],
    ...(memoryBudget === undefined ? {} : { memory: Math.max(0, memoryBudget - waiting) }),
  }) as const
