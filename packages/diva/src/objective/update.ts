import { isTensor, mapTree, zeros, type Tensor } from "@diva/tensor"
import { clipByGlobalNorm, globalNorm, sgd } from "@diva/autograd"
import type { Trainable } from "./microStep.ts"

export interface UpdateInputs {
  readonly trainable: Trainable
  /** Like `trainable`: momentum buffers, zeros before the first update. */
  readonly momentum: Trainable
  /** Like `trainable`: the accumulated gradient. */
  readonly gradientSum: Trainable
  /** f32[] */
  readonly learningRate: Tensor
}

export interface UpdateOutputs {
  readonly trainable: Trainable
  readonly momentum: Trainable
  /** Zeros, for the next accumulation. */
  readonly gradientSum: Trainable
  /** Global L2 norm before clipping, f32[]. */
  readonly gradientNorm: Tensor
}

export interface UpdateOptions {
  /** Largest global L2 norm; `null` clips nothing. */
  readonly clipNorm: number | null
  /** Share of the old momentum that stays; the original's 0.9 by default. */
  readonly momentum?: number
}

const zerosLike = <T>(tree: T): T => mapTree(tree, isTensor, ({ shape, dtype }) => zeros(shape, dtype)) as T

/**
 * One optimizer update: g ← g · min(1, clipNorm / (‖g‖ + 1e-6));  b ← momentum·b + g;  p ← p − learningRate·b.
 * Source: spec of the method §5 (torch's SGD without dampening, Nesterov or weight decay).
 */
export const update = (
  { trainable, momentum, gradientSum, learningRate }: UpdateInputs,
  { clipNorm, momentum: share = 0.9 }: UpdateOptions,
): UpdateOutputs => {
  const [gradient, gradientNorm] =
    clipNorm === null ? [gradientSum, globalNorm(gradientSum)] : clipByGlobalNorm(gradientSum, clipNorm)
  const next = sgd({ learningRate, momentum: share }).update(gradient, { momentum }, trainable)
  return {
    trainable: next.params,
    momentum: next.state.momentum ?? momentum,
    gradientSum: zerosLike(gradientSum),
    gradientNorm,
  }
}
