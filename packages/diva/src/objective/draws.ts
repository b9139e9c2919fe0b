import { raise, sliceAxis, type Tensor } from "@diva/tensor"
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
          rule: `the condition's draw ${asked} takes ${count} indices per sample, got ${next === undefined ? "none" : `[${next.shape}]`}`,
          remedy: "give the indices of every draw the condition makes, in its order",
        })
  }
}

/** Rows of a batch, `together` at a time: [start, end). */
export const rowRanges = (batch: number, together: number): readonly (readonly [start: number, end: number])[] =>
  Array.from({ length: Math.ceil(batch / together) }, (_, i) => [i * together, Math.min(batch, (i + 1) * together)])

/** Gives what `draw` gives, again to everyone who asks from the beginning: a condition may be described in parts. */
const remembered = (draw: DrawIndices): (() => DrawIndices) => {
  const drawn: Tensor[] = []
  return () => {
    let asked = 0
    return (count, bound) => (drawn[asked++] ??= draw(count, bound))
  }
}

/** The draws of some samples of a batch. Every part asks for its condition's draws again, and is given its rows of the same draws. */
export const drawsByRows = ({ timesteps, noise, draw }: InnerDraws): ((start: number, end: number) => InnerDraws) => {
  const again = remembered(draw)
  return (start, end) => {
    const rows = (x: Tensor): Tensor => sliceAxis(x, 0, start, end)
    const asked = again()
    return { timesteps: rows(timesteps), noise: rows(noise), draw: (count, bound) => rows(asked(count, bound)) }
  }
}
