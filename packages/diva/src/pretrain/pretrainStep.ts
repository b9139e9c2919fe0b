import { isTensor, mapTree, mul, sub, type Tensor } from "@diva/tensor"
import { adamw, clipByGlobalNorm, movingAverage, valueAndGrad, type AdamWState } from "@diva/autograd"
import type { Params } from "@diva/models"
import type { CaptionedBatch, Pretraining, PretrainSettings } from "./pretraining.ts"

/** Everything that changes from update to update. */
export interface PretrainState {
  readonly params: Params
  /** Moving average of the parameters. */
  readonly average: Params
  readonly moments: AdamWState<Params>
}

export interface StepArguments<Frozen> {
  readonly state: PretrainState
  readonly batch: CaptionedBatch
  readonly frozen: Frozen
  /** f32[] each. */
  readonly learningRate: Tensor
  readonly averageDecay: Tensor
  /** u32[2] */
  readonly key: Tensor
}

export interface StepResult {
  readonly state: PretrainState
  /** f32[] each; the norm is that before clipping. */
  readonly loss: Tensor
  readonly gradientNorm: Tensor
}

/** Norms, biases and temperatures are where they should be, not near zero. */
const decays = ({ shape }: Tensor): boolean => shape.length > 1

/**
 * One update: gradient of the loss, clipped; AdamW; moving average.
 *   p ← p′ − lr·weightDecay·p for matrices, p′ from Adam;  average ← average + (1 − decay)·(p − average)
 */
export const pretrainStep =
  <Frozen>(
    { loss }: Pretraining<Frozen>,
    { betas, weightDecay, clipNorm }: Pick<PretrainSettings, "betas" | "weightDecay" | "clipNorm">,
  ) =>
  ({ state, batch, frozen, learningRate, averageDecay, key }: StepArguments<Frozen>): StepResult => {
    const [value, gradient] = valueAndGrad((params: Params) => loss(params, batch, frozen, key))(state.params)
    const [clipped, gradientNorm] = clipByGlobalNorm(gradient, clipNorm)
    const optimizer = adamw({ learningRate, betas, weightDecay: 0 })
    const { params: moved, state: moments } = optimizer.update(clipped, state.moments, state.params)
    const shrink = mul(learningRate, weightDecay)
    const params = mapTree(moved, isTensor, (after: Tensor, name) =>
      decays(after) ? sub(after, mul(state.params[name]!, shrink)) : after,
    ) as Params
    return {
      state: { params, average: movingAverage(state.average, params, averageDecay), moments },
      loss: value,
      gradientNorm,
    }
  }
