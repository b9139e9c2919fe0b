import { concat, constant, mul, raise, reshape, sliceAxis, type Shape, type Tensor } from "@diva/tensor"
import { accumulate, vjp } from "@diva/autograd"
import type { Params } from "@diva/models"
import { rowRanges, type InnerDraws } from "./draws.ts"
import { defaultExecution, modelOptions, type Execution } from "./execution.ts"
import { innerGradients } from "./innerGradients.ts"
import type { ImageFeatures } from "../condition/condition.ts"
import type { Method } from "./method.ts"
import { clipImage } from "./towerImage.ts"
import { vaeImage } from "./vaeImage.ts"

/** What a run trains, under the original's names: CLIP's image tower and the projection of its tokens. */
export interface Trainable {
  readonly class_model: { readonly model: Params }
  /** Absent where the projection stays as it was initialised. */
  readonly visual_proj?: Params
}

/** What a micro-step reads and never changes. */
export interface Frozen {
  readonly unet: Params
  readonly vae: Params
  /** The constant text embedding, [1, positions, contextWidth]. */
  readonly textEmbedding: Tensor
  /** Present where the projection is not trained. */
  readonly visual_proj?: Params
  /** The image tower as it was at the beginning; present where a regulariser reads it. */
  readonly initial?: Params
}

export interface MicroStepInputs {
  readonly trainable: Trainable
  readonly frozen: Frozen
  /** Like `trainable`: the sum so far. */
  readonly gradientSum: Trainable
  /** [batch, 3, H, W], normalised with OpenAI's statistics. */
  readonly images: Tensor
}

export interface MicroStepOutputs {
  readonly gradientSum: Trainable
  /** Loss of each inner draw, then each regulariser's penalty: [trainSteps + regularisers]. */
  readonly losses: Tensor
}

/** 0.18215 · mean of the VAE's posterior; no sampling.  images → [batch, 4, h, w] */
export const latentOf = ({ models: { prior }, switches }: Method, vae: Params, images: Tensor): Tensor =>
  mul(prior.vae.posteriorMean(vae, vaeImage(images, switches.vaeInput)), prior.latentScale)

/** Latents of `together` images at a time, in order. */
const latentsOf = (method: Method, vae: Params, images: Tensor, together: number): readonly Tensor[] =>
  rowRanges(images.shape[0]!, together).map(([start, end]) => latentOf(method, vae, sliceAxis(images, 0, start, end)))

/** The projection, trained or frozen. Throws `TreeMismatch` where it is in neither tree of parameters. */
export const projectionOf = (trainable: Trainable, frozen: Pick<Frozen, "visual_proj">): Params =>
  trainable.visual_proj ??
  frozen.visual_proj ??
  raise({
    _tag: "TreeMismatch",
    op: "microStep",
    path: "visual_proj",
    rule: "the projection of visual tokens is in neither tree of parameters",
    remedy: "put visual_proj among the trained or the frozen parameters",
  })

interface Penalised {
  readonly features: ImageFeatures
  readonly params: Params
}

const initialParams = ({ initial }: Frozen): Params =>
  initial ??
  raise({
    _tag: "TreeMismatch",
    op: "microStep",
    path: "initial",
    rule: "a regulariser reads the initial image tower, which is not among the frozen parameters",
    remedy: 'put the initial parameters of the tower under "initial"',
  })

/** Penalties of the regularisers, and the sum of their gradients, counted by the micro-batch's share of its update. */
const penalties = (
  { models: { image }, tokens, regularisers, imagesPerUpdate }: Method,
  at: Penalised,
  frozen: Frozen,
  resized: Tensor,
) => {
  const readsInitial = regularisers.some((each) => each.readsInitial)
  const first = readsInitial ? initialParams(frozen) : at.params
  const initial = { params: first, features: readsInitial ? tokens.features(image, first, resized) : at.features }
  const values = ({ features, params }: Penalised): Tensor =>
    concat(regularisers.map(({ penalty }) => reshape(penalty({ params, features, initial }), [1])))
  const [found, pull] = vjp(values)(at)
  const share = resized.shape[0]! / imagesPerUpdate
  const [gradient] = pull(constant(regularisers.map(() => share)))
  return { values: found, gradient }
}

/**
 * gradientSum + Σ_k w_k · ∇L_k + Σ_r (b/N) · ∇R_r, the L_k and the R_r, for the inner draws k of one micro-batch and the method's
 * regularisers. `drawsFor` gives the draws for the shape of one sample's latent; `execution` decides time and memory, and only
 * rounding follows it.
 *
 * All draws of a micro-batch see the same weights, so the tower runs forward once and backward once, with the weighted sum
 * of the draws' gradients by its tokens. Weights: `innerWeights`.
 * Source: spec of the method §2, §5.
 */
export const microStep = (
  method: Method,
  { trainable, frozen, gradientSum, images }: MicroStepInputs,
  drawsFor: (latent: Shape) => readonly InnerDraws[],
  execution: Execution = defaultExecution(images.shape[0]!, method.switches.trainSteps),
): MicroStepOutputs => {
  const { tokens, models, regularisers } = method
  const params = trainable.class_model.model
  const resized = clipImage(method, images)
  const options = modelOptions(execution, "imageTower")
  const tower = (at: Params) => tokens.features(models.image, at, resized, options)
  const [features, pullTower] = vjp(tower)(params)
  const latents = latentsOf(method, frozen.vae, images, execution.images)
  const { losses, gradient } = innerGradients(
    method,
    { features, projection: projectionOf(trainable, frozen) },
    { latents, textEmbedding: frozen.textEmbedding, unet: frozen.unet },
    drawsFor(latents[0]!.shape.slice(1)),
    execution,
  )
  const projection = trainable.visual_proj === undefined ? {} : { visual_proj: gradient.projection }
  if (regularisers.length === 0) {
    const [model] = pullTower(gradient.features)
    return { gradientSum: accumulate(gradientSum, { class_model: { model }, ...projection }), losses }
  }
  const penalised = penalties(method, { features, params }, frozen, resized)
  const [model] = pullTower(accumulate(gradient.features, penalised.gradient.features))
  const all = { class_model: { model: accumulate(model, penalised.gradient.params) }, ...projection }
  return { gradientSum: accumulate(gradientSum, all), losses: concat([losses, penalised.values]) }
}
