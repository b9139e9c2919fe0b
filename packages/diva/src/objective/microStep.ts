import { isTensor, mapTree, mul, raise, resizeBilinear, stack, type Shape, type Tensor } from "@diva/tensor"
import { accumulate, valueAndGrad, vjp } from "@diva/autograd"
import type { Params } from "@diva/models"
import type { InnerDraws } from "./draws.ts"
import { innerPass, type InnerConstants, type InnerInputs, type VisualProjection } from "./innerPass.ts"
import { innerWeights } from "./innerWeights.ts"
import type { Method } from "./method.ts"
import { vaeImage } from "./vaeImage.ts"

/** What a run trains, under the original's names: CLIP's image tower and the projection of its tokens. */
export interface Trainable {
  readonly class_model: { readonly model: Params }
  /** Absent where the projection stays as it was initialised. */
  readonly visual_proj?: VisualProjection
}

/** What a micro-step reads and never changes. */
export interface Frozen {
  readonly unet: Params
  readonly vae: Params
  /** The constant text embedding, [1, positions, contextWidth]. */
  readonly textEmbedding: Tensor
  /** Present where the projection is not trained. */
  readonly visual_proj?: VisualProjection
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
  /** Loss of each inner draw: [trainSteps]. */
  readonly losses: Tensor
}

/** The tower's input: bilinear, corners not aligned, no antialias, as the original resizes tensors. */
export const clipImage = ({ models: { image } }: Method, images: Tensor): Tensor =>
  resizeBilinear(images, [image.imageSize, image.imageSize])

/** 0.18215 · mean of the VAE's posterior; no sampling.  images → [batch, 4, h, w] */
export const latentOf = ({ models: { prior }, switches }: Method, vae: Params, images: Tensor): Tensor =>
  mul(prior.vae.posteriorMean(vae, vaeImage(images, switches.vaeInput)), prior.latentScale)

/** The projection, trained or frozen. Throws `TreeMismatch` where it is in neither tree. */
export const projectionOf = (trainable: Trainable, frozen: Pick<Frozen, "visual_proj">): VisualProjection =>
  trainable.visual_proj ??
  frozen.visual_proj ??
  raise({
    _tag: "TreeMismatch",
    op: "microStep",
    path: "visual_proj",
    rule: "the projection of visual tokens is in neither tree",
    remedy: "put visual_proj { weight, bias } among the trained or the frozen parameters",
  })

const scaled = <T>(tree: T, weight: number): T => mapTree(tree, isTensor, (leaf) => mul(leaf, weight)) as T

/** Loss of each inner draw, and the weighted sum of their gradients by the tower's tokens and the projection. */
const innerGradients = (
  method: Method,
  inputs: InnerInputs,
  constants: InnerConstants,
  draws: readonly InnerDraws[],
): { readonly losses: Tensor; readonly gradient: InnerInputs } => {
  const weights = innerWeights(method.switches.innerWeighting, draws.length, method.accumulation)
  const passes = draws.map((each) =>
    valueAndGrad((at: InnerInputs) => innerPass(method, at, constants, each).loss)(inputs),
  )
  const weighted = passes.map(([, gradient], k) => scaled(gradient, weights[k]!))
  return {
    losses: stack(passes.map(([loss]) => loss)),
    gradient: weighted.reduce((sum, more) => accumulate(sum, more)),
  }
}

/**
 * gradientSum + Σ_k w_k · ∇L_k, and the L_k, for the inner draws k of one micro-batch. `drawsFor` gives the draws for the shape of one
 * sample's latent.
 *
 * All draws of a micro-batch see the same weights, so the tower runs forward once and backward once, with the weighted sum
 * of the draws' gradients by its tokens; the diffusion model runs once per draw. Weights: `innerWeights`.
 * Source: spec of the method §2, §5.
 */
export const microStep = (
  method: Method,
  { trainable, frozen, gradientSum, images }: MicroStepInputs,
  drawsFor: (latent: Shape) => readonly InnerDraws[],
): MicroStepOutputs => {
  const resized = clipImage(method, images)
  const tower = (params: Params) => method.models.image.features(params, resized)
  const [features, pullTower] = vjp(tower)(trainable.class_model.model)
  const latent = latentOf(method, frozen.vae, images)
  const { losses, gradient } = innerGradients(
    method,
    { features, projection: projectionOf(trainable, frozen) },
    { latent, textEmbedding: frozen.textEmbedding, unet: frozen.unet },
    drawsFor(latent.shape.slice(1)),
  )
  const [model] = pullTower(gradient.features)
  const projection = trainable.visual_proj === undefined ? {} : { visual_proj: gradient.projection }
  return { gradientSum: accumulate(gradientSum, { class_model: { model }, ...projection }), losses }
}
