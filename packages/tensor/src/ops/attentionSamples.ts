import type { Sample } from "../op/op.ts"
import type { AttentionAttributes } from "./attentionShape.ts"

type Extents = readonly [batch: number, heads: number, queries: number, keys: number, width: number, depth: number]

// One key, one query, tokens that leave a rest, widths that are no multiple of four, an empty batch, a causal rest.
const cases: readonly (readonly [Extents, AttentionAttributes])[] = [
  [[1, 1, 1, 1, 1, 1], { scale: 1, causal: false }],
  [[2, 3, 5, 7, 3, 2], { scale: 0.5, causal: false }],
  [[1, 2, 6, 6, 4, 4], { scale: 0.5, causal: true }],
  [[2, 1, 1, 9, 5, 3], { scale: -0.25, causal: false }],
  [[1, 2, 9, 4, 8, 8], { scale: 0.3, causal: true }],
  [[0, 2, 3, 3, 4, 4], { scale: 1, causal: false }],
  [[1, 2, 37, 41, 40, 72], { scale: 0.15, causal: false }],
]

/** Arguments q, k, v. */
export const attentionSamples: readonly Sample<AttentionAttributes>[] = cases.map(
  ([[b, h, t, s, width, depth], attributes]) => ({
    inputs: [
      { shape: [b, h, t, width], dtype: "f32" },
      { shape: [b, h, s, width], dtype: "f32" },
      { shape: [b, h, s, depth], dtype: "f32" },
    ],
    attributes,
  }),
)

/** Arguments q, k, v, logSums, cotangent, delta; sums so large that probabilities stay below 1. */
export const attentionGradientSamples: readonly Sample<AttentionAttributes>[] = cases.map(
  ([[b, h, t, s, width, depth], attributes]) => ({
    inputs: [
      { shape: [b, h, t, width], dtype: "f32" },
      { shape: [b, h, s, width], dtype: "f32" },
      { shape: [b, h, s, depth], dtype: "f32" },
      { shape: [b, h, t], dtype: "f32", low: 3, high: 5 },
      { shape: [b, h, t, depth], dtype: "f32" },
      { shape: [b, h, t], dtype: "f32" },
    ],
    attributes,
  }),
)
