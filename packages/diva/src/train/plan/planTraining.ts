import { input, planOf, sizeOf, type Shape, type PlanFor, type Plan, type Spec, type Tensor } from "@diva/tensor"
import { vjp } from "@diva/autograd"
import { specsOf, type Parameter, type Params } from "@diva/models"
import { latentOf } from "../../objective/microStep.ts"
import { microBatches, microStepOptions, microStepProgram, microStepSpecs, type PlannedConfig } from "./microProgram.ts"
import { leavesCount, waitingBytes } from "./updateProgram.ts"

/** What a training step will take, known before anything is read or run. */
export interface TrainingPlan {
  readonly microStep: Plan
  /** Numbers that train. */
  readonly trainedParameters: number
  /** Numbers that do not. */
  readonly frozenParameters: number
  /** Largest device memory of a run: the micro-step's peak, and what waits meanwhile: the optimizer's state and further partial sums. */
  readonly peakBytes: number
  /** Floating-point operations of one update. */
  readonly updateFlops: number
}

const count = (parameters: readonly Parameter[]): number =>
  parameters.reduce((total, { shape }) => total + sizeOf(shape), 0)

/** Plans a run's micro-step for an adapter's limits. Throws what describing a program throws. */
export const planTraining = (config: PlannedConfig, limits: PlanFor): TrainingPlan => {
  const { prior } = config.method.models
  const specs = microStepSpecs(config)
  const waiting = waitingBytes(config)
  const plan = planOf(microStepProgram(config), specs, limits, microStepOptions(config, waiting))
  return {
    microStep: plan,
    trainedParameters: leavesCount(specs.trainable),
    frozenParameters: count(prior.unet.parameters) + count(prior.vae.parameters),
    peakBytes: plan.peakBytes + waiting,
    updateFlops: plan.flops * microBatches(config),
  }
}

/** One of the models of a micro-step: its numbers, and the arithmetic of all its passes. */
export interface PlannedPart {
  readonly name: "VAE encoder" | "image tower" | "UNet"
  readonly passes: string
  readonly parameters: number
  readonly flops: number
}

const pictures = (batch: number, edge: number): Spec => ({ shape: [batch, 3, edge, edge], dtype: "f32" })

const inputsOf = (parameters: readonly Parameter[]): Params =>
  Object.fromEntries(Object.entries(specsOf(parameters)).map(([name, spec]) => [name, input(spec, name)]))

/** Shape of the visual tokens that the diffusion model sees, before their projection: [batch, tokens, width]. */
export const contextShape = ({ method, batchSize }: PlannedConfig): Shape => {
  const { image } = method.models
  const features = method.tokens.features(
    image,
    inputsOf(image.parameters),
    input(pictures(batchSize, image.imageSize), "image"),
  )
  const draw = (drawn: number) => input({ shape: [batchSize, drawn], dtype: "i32" }, "indices")
  return method.condition({ ...features, draw }).shape
}

/** Shape of one image's latent: [1, channels, h, w]. */
export const latentShape = ({ method, imageSize }: PlannedConfig): Shape =>
  latentOf(method, inputsOf(method.models.prior.vae.parameters), input(pictures(1, imageSize), "image")).shape

interface PartArguments {
  readonly params: Params
  readonly image: Tensor
}

const encoderFlops = ({ method, batchSize, imageSize, frozenStorage }: PlannedConfig, limits: PlanFor) =>
  planOf(
    ({ params, image }: PartArguments) => ({ latent: latentOf(method, params, image) }),
    {
      params: specsOf(method.models.prior.vae.parameters, frozenStorage),
      image: pictures(batchSize, imageSize),
    },
    limits,
  ).flops

/** Forward once, backward once: the draws' gradients by the tokens are summed before. */
const towerFlops = ({ method: { models }, batchSize }: PlannedConfig, limits: PlanFor) =>
  planOf(
    ({ params, image }: PartArguments) => {
      const [features, pull] = vjp((at: Params) => models.image.features(at, image))(params)
      return { gradient: pull(features) }
    },
    { params: specsOf(models.image.parameters), image: pictures(batchSize, models.image.imageSize) },
    limits,
  ).flops

/** The parts of a planned micro-step. The UNet's share is what the others leave, condition and loss included. */
export const planParts = (
  config: PlannedConfig,
  { microStep }: TrainingPlan,
  limits: PlanFor,
): readonly PlannedPart[] => {
  const { models, switches } = config.method
  const [encoder, tower] = [encoderFlops(config, limits), towerFlops(config, limits)]
  return [
    { name: "VAE encoder", passes: "forward", parameters: count(models.prior.vae.parameters), flops: encoder },
    {
      name: "image tower",
      passes: "forward and backward",
      parameters: count(models.image.parameters),
      flops: tower,
    },
    {
      name: "UNet",
      passes: `${switches.trainSteps} times forward and backward to its context`,
      parameters: count(models.prior.unet.parameters),
      flops: microStep.flops - encoder - tower,
    },
  ]
}
