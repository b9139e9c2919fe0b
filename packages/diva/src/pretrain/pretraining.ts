import type { Tensor } from "@diva/tensor"
import type { Params } from "@diva/models"
import type { NamedArrays } from "../weights/namedArrays.ts"
import type { WeightsOf } from "../weights/weightArray.ts"

/** A batch of pictures with their captions as a program sees them. */
export interface CaptionedBatch {
  /** Packed pictures: u32 [batch, size·size·3/4]. */
  readonly pixels: Tensor
  /** Token ids of the captions: i32 [batch, context]. */
  readonly ids: Tensor
}

/** How far first weights fit the model that begins with them. */
export interface Begun {
  /** Tensors that were taken over. */
  readonly taken: number
  /** Tensors of the model that stay random: the weights have none of that name, or one of another shape. */
  readonly fresh: readonly string[]
  /** Tensors of the weights that the model has no place for. */
  readonly unused: readonly string[]
}

/** What is learnt from captioned pictures: parameters, and the loss of a batch. */
export interface Pretraining<Frozen> {
  /** Stands in events, manifests and program names. */
  readonly name: string
  /** Parameters before the first update, under their checkpoint names. */
  readonly parameters: NamedArrays
  /** Where they are not all random: how far the weights that were given fit. */
  readonly begun?: Begun
  /** Weights of other models that the loss computes with and that stay as they are. */
  readonly frozen: WeightsOf<Frozen>
  /** Edge of the pictures, pixels. */
  readonly imageSize: number
  /** Ids of a caption's row: i32[context]. `draw` in 0 … 1 is the sample's own, for captions that are dropped now and then. */
  readonly idsOf: (caption: string, draw: number) => Int32Array
  readonly context: number
  /** Scalar loss; `key` (u32[2]) is the update's own. */
  readonly loss: (params: Params, batch: CaptionedBatch, frozen: Frozen, key: Tensor) => Tensor
}

/** How long and how fast. */
export interface PretrainSettings {
  readonly updates: number
  readonly batchSize: number
  readonly peakLearningRate: number
  /** Share of the updates over which the learning rate rises; then it falls as a half cosine. */
  readonly warmupRatio: number
  readonly betas: readonly [first: number, second: number]
  /** Decoupled decay of matrices and kernels; vectors and scalars do not decay. */
  readonly weightDecay: number
  /** Largest global norm of a gradient. */
  readonly clipNorm: number
  /** Decay of the moving average of parameters, which is what is kept in the end. */
  readonly averageDecay: number
  readonly seed: number
  readonly checkpointEvery: number
  /** Updates between readings of the loss: reading waits for the machine. */
  readonly logEvery: number
  /** Ends this process's part of the run after so many updates in all. */
  readonly stopAfter?: number
}
