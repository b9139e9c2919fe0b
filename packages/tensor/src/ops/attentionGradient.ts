import * as E from "fp-ts/lib/Either.js"
import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import type { Op } from "../op/op.ts"
import type { Spec } from "../shape/shape.ts"
import { batchedKeys, batchedQueries } from "./attentionBatch.ts"
import { attendedKeysOnHost, attendedQueriesOnHost } from "./attentionReference.ts"
import { attentionGradientSamples } from "./attentionSamples.ts"
import { pullBackKeys, pullBackQueries } from "./attentionSecond.ts"
import {
  attendsBackward,
  attentionMismatch,
  attendedShape,
  unpackHeads,
  type AttentionAttributes,
} from "./attentionShape.ts"
import { cast } from "./cast.ts"
import { permute } from "./permute.ts"

const shapeOf = ([q, k, v]: readonly Spec[]) => attendedShape(q!, k!, v!)

// Score and slope products of every pair, then `products` more of the given widths.
const pairFlops = (inputs: readonly Spec[], causal: boolean, widths: number): number => {
  const { batch, heads, queries, keys, width, depth } = shapeOf(inputs)
  return 2 * batch * heads * queries * keys * (width + depth + widths) * (causal ? 0.5 : 1)
}

const example = [
  { shape: [1, 1, 1, 1], values: [1] },
  { shape: [1, 1, 1, 1], values: [2] },
  { shape: [1, 1, 1, 1], values: [3] },
  { shape: [1, 1, 1], values: [2] },
  { shape: [1, 1, 1, 1], values: [5] },
  { shape: [1, 1, 1], values: [4] },
]

/** dS·k·scale with dS = P∘(dO·vᵀ - δ) and P recomputed as exp(scale·q·kᵀ - L), key block by key block. */
export const attentionQueriesOp: Op<AttentionAttributes> = {
  name: "attentionQueries",
  doc: "attentionQueries(q, k, v, L, dO, δ) = scale·(P∘(dO·vᵀ - δ))·k, P = exp(scale·q·kᵀ - L): the gradient of attention in q.  L, δ: [b, h, t], dO: [b, h, t, e] → f32[b, t, h, d]",
  gives: (inputs) => {
    if (!attendsBackward(inputs)) return attentionMismatch("attentionQueries", inputs)
    const { batch, heads, queries, width } = shapeOf(inputs)
    return E.right({ shape: [batch, queries, heads, width], dtype: "f32" })
  },
  cpu: attendedQueriesOnHost,
  lowering: { kind: "kernel", family: "attentionQueries" },
  vjp: pullBackQueries,
  batch: (rule) => batchedQueries(attentionQueriesOp, rule),
  flops: (inputs, _output, { causal }) => pairFlops(inputs, causal, inputs[0]!.shape[3]!),
  shows: [
    {
      inputs: example,
      attributes: { scale: 1, causal: false },
      output: { shape: [1, 1, 1, 1], values: [22] },
    },
  ],
  samples: attentionGradientSamples,
}

/** scale·dSᵀ·q, then Pᵀ·dO, query block by query block: each key sums over the queries that see it, without atomics. */
export const attentionKeysOp: Op<AttentionAttributes> = {
  name: "attentionKeys",
  doc: "attentionKeys(q, k, v, L, dO, δ) = scale·(P∘(dO·vᵀ - δ))ᵀ·q as [b, s, h, d], then Pᵀ·dO as [b, s, h, e], in one tensor: the gradients of attention in k and v",
  gives: (inputs) => {
    if (!attendsBackward(inputs)) return attentionMismatch("attentionKeys", inputs)
    const { batch, heads, keys, width, depth } = shapeOf(inputs)
    return E.right({ shape: [batch * keys * heads * (width + depth)], dtype: "f32" })
  },
  cpu: attendedKeysOnHost,
  lowering: { kind: "kernel", family: "attentionKeys" },
  vjp: pullBackKeys,
  batch: (rule) => batchedKeys(attentionKeysOp, rule),
  flops: (inputs, _output, { causal }) => pairFlops(inputs, causal, inputs[0]!.shape[3]! + inputs[2]!.shape[3]!),
  shows: [
    {
      inputs: example,
      attributes: { scale: 1, causal: false },
      output: { shape: [2], values: [11, 5] },
    },
  ],
  samples: attentionGradientSamples,
}

type Inputs = readonly [q: Tensor, k: Tensor, v: Tensor, logSums: Tensor, cotangent: Tensor, delta: Tensor]

/** Cotangents of q, k and v; those of k and v come from one pass, which frozen keys and values spare. */
export const attendedGradient = (
  inputs: Inputs,
  { scale, causal }: AttentionAttributes,
  needed: readonly boolean[] = [true, true, true],
): readonly (Tensor | null)[] => {
  const [q, k, v] = inputs
  const { batch, heads, keys, width, depth } = shapeOf(inputs)
  const queries = (): Tensor => permute(applyOp(attentionQueriesOp, inputs, { scale, causal }), [0, 2, 1, 3])
  const pair = needed[1] || needed[2] ? applyOp(attentionKeysOp, inputs, { scale, causal }) : null
  return [
    needed[0] ? cast(queries(), q.dtype) : null,
    pair && cast(unpackHeads(pair, 0, [batch, heads, keys, width]), k.dtype),
    pair && cast(unpackHeads(pair, batch * keys * heads * width, [batch, heads, keys, depth]), v.dtype),
  ]
}
