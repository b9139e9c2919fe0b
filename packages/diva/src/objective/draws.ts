import type { Tensor } from "@diva/tensor"
import { raise } from "@diva/tensor"
import type { DrawIndices } from "../condition/condition.ts"

/** The random numbers of one inner draw for a batch. */
export interface InnerDraws {
  /** i32 [batch], in [0, 1000) */
  readonly timesteps: Tensor
  /** Standard normal, shaped like the latent. */
  readonly noise: Tensor
  readonly draw: DrawIndices
}

/** Gives out fixed index tensors, i32 [batch, count], in the order a condition asks for them. */
export const givenIndices = (indices: readonly Tensor[]): DrawIndices => {
  let asked = 0
  return (count) => {
    const next = indices[asked++]
    return next !== undefined && next.shape[1] === count
      ? next
      : raise({
          _tag: "InvalidData",
          op: "draw",
          rule: `the condition's draw ${asked} takes ${count} indices per sample, given ${next === undefined ? "none" : `[${next.shape}]`}`,
          remedy: "give the indices of every draw the condition makes, in its order",
        })
  }
}
