import { add, concat, constant, isTensor, mapTree, mul, sliceAxis, type Tensor } from "@diva/tensor"
import { accumulate, vjp } from "@diva/autograd"
import type { ModelOptions } from "@diva/models"
import type { ImageFeatures } from "../condition/condition.ts"
import { drawsByRows, rowRanges, type InnerDraws } from "./draws.ts"
import { modelOptions, type Execution } from "./execution.ts"
import { innerPass, type InnerConstants, type InnerInputs } from "./innerPass.ts"
import { innerWeights } from "./innerWeights.ts"
import type { Method } from "./method.ts"

/** What all inner draws of a micro-batch share. */
export interface BatchConstants extends Omit<InnerConstants, "latent"> {
  /** Scaled posterior means of `execution.images` samples at a time, in order. */
  readonly latents: readonly Tensor[]
}

export interface InnerGradients {
  /** Loss of each inner draw, over the whole batch: [trainSteps]. */
  readonly losses: Tensor
  /** The weighted sum of the draws' gradients by the tower's tokens and the projection. */
  readonly gradient: InnerInputs
}

/** One batch of the UNet: some draws of some samples, with the weight of each draw's loss. */
interface Pass {
  readonly draws: readonly InnerDraws[]
  readonly weights: readonly number[]
}

const rowsOf = (features: ImageFeatures, start: number, end: number): ImageFeatures =>
  mapTree(features, isTensor, (x) => sliceAxis(x, 0, start, end)) as ImageFeatures

const passGradients = (
  method: Method,
  inputs: InnerInputs,
  constants: InnerConstants,
  { draws, weights }: Pass,
  options: ModelOptions,
): InnerGradients => {
  const losses = (at: InnerInputs) => innerPass(method, at, constants, draws, options).losses
  const [values, pull] = vjp(losses)(inputs)
  return { losses: values, gradient: pull(constant(weights))[0] }
}

/** The passes of some samples, one after another: losses of all draws, and the sum of their gradients. */
const sampleGradients = (
  method: Method,
  inputs: InnerInputs,
  constants: InnerConstants,
  all: Pass,
  execution: Execution,
): InnerGradients => {
  const options = modelOptions(execution, "unet")
  const parts = rowRanges(all.draws.length, execution.draws).map(([first, last]) => {
    const pass = { draws: all.draws.slice(first, last), weights: all.weights.slice(first, last) }
    return passGradients(method, inputs, constants, pass, options)
  })
  return {
    losses: concat(parts.map(({ losses }) => losses)),
    gradient: parts.map(({ gradient }) => gradient).reduce((sum, more) => accumulate(sum, more)),
  }
}

/** Gradients of samples that follow one another in a batch. */
const joined = (parts: readonly InnerInputs[]): InnerInputs => {
  const side = (of: (features: ImageFeatures) => Tensor): Tensor => concat(parts.map(({ features }) => of(features)))
  return {
    features: { global: side(({ global }) => global), patches: side(({ patches }) => patches) },
    projection: parts.map(({ projection }) => projection).reduce((sum, more) => accumulate(sum, more)),
  }
}

/**
 * Losses and gradients of a micro-batch's inner draws, as many samples and draws at a time as `execution` says. A draw's loss
 * is the mean over all samples, so those of a part count by their share.
 */
export const innerGradients = (
  method: Method,
  { features, projection }: InnerInputs,
  { latents, ...constants }: BatchConstants,
  draws: readonly InnerDraws[],
  execution: Execution,
): InnerGradients => {
  const batch = features.global.shape[0]!
  const weights = innerWeights(method, batch)
  const rows = draws.map(drawsByRows)
  const parts = rowRanges(batch, execution.images).map(([start, end], i) => {
    const share = (end - start) / batch
    const inputs = { features: rowsOf(features, start, end), projection }
    const pass = { draws: rows.map((of) => of(start, end)), weights: weights.map((weight) => weight * share) }
    const part = sampleGradients(method, inputs, { ...constants, latent: latents[i]! }, pass, execution)
    return { ...part, losses: mul(part.losses, share) }
  })
  return {
    losses: parts.map(({ losses }) => losses).reduce((sum, more) => add(sum, more)),
    gradient: joined(parts.map(({ gradient }) => gradient)),
  }
}
