import type { Tensor } from "@diva/tensor"
import type { Titled } from "../titled.ts"

/**
 * Whole numbers in [0, bound), one row per sample: i32 [batch, count]. A training step draws them from the run's key, a
 * verification reads them from a file; a condition cannot tell which.
 */
export type DrawIndices = (count: number, bound: number) => Tensor

/** An image as its tower describes it, every token after the tower's final norm and projection. */
export interface ImageFeatures {
  /** The whole image: the class token, or the attention pool's answer. f32 [batch, 1, width] */
  readonly global: Tensor
  /** One token per patch, in raster order. f32 [batch, patches, width] */
  readonly patches: Tensor
}

/** What a condition is given. */
export interface ConditionInputs extends ImageFeatures {
  readonly draw: DrawIndices
}

/**
 * How an image's tokens become the visual part of the diffusion model's context: f32 [batch, retained, width]. Any
 * function will do; `title` names it in manifests. Tensors are expressions, so what a condition does not read is never
 * computed.
 */
export interface Condition extends Titled {
  (inputs: ConditionInputs): Tensor
}
