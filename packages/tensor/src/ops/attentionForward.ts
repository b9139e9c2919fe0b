import * as E from "fp-ts/lib/Either.js"
import type { Op, Pullback } from "../op/op.ts"
import type { Tensor } from "../graph/tensor.ts"
import { batchedAttention } from "./attentionBatch.ts"
import { attendedGradient } from "./attentionGradient.ts"
import { attendOnHost } from "./attentionReference.ts"
import { attentionSamples } from "./attentionSamples.ts"
import {
  attendedLogSums,
  attendedValues,
  attends,
  attentionMismatch,
  attentionPacking,
  attendedShape,
  type AttentionAttributes,
} from "./attentionShape.ts"
import { mul } from "./mul.ts"
import { sub } from "./sub.ts"
import { sum } from "./sum.ts"

// With S = scale·q·kᵀ, P = softmax(S) and L = log Σ exp S: dS = P∘(dO·vᵀ - δ), where δ = Σ dO∘O - dL collects what each
// row's normalisation takes back.
const pullBack = ({ inputs, output, cotangent, attributes, needed }: Pullback<AttentionAttributes>) => {
  const [q, k, v] = inputs as readonly [Tensor, Tensor, Tensor]
  const shape = attendedShape(q, k, v)
  const upper = attendedValues(cotangent, shape)
  const taken = sum(mul(upper, attendedValues(output, shape)), { axis: -1 })
  const delta = sub(taken, attendedLogSums(cotangent, shape))
  return attendedGradient([q, k, v, attendedLogSums(output, shape), upper, delta], attributes, needed)
}

/**
 * The streaming form of attention: keys come in blocks, and a running maximum and sum per query row stand in for the
 * row of scores, so that memory grows with tokens, not with their square.
 * Sources: Milakov & Gimelshein 2018 (online softmax); Dao et al. 2022, FlashAttention, algorithms 1 and 4.
 */
export const attentionOp: Op<AttentionAttributes> = {
  name: "attention",
  doc: "attention(q, k, v) = softmax(scale·q·kᵀ)·v as [b, t, h, e], then each row's log Σ exp as [b, h, t], in one tensor.  q: [b, h, t, d], k: [b, h, s, d], v: [b, h, s, e]",
  gives: (inputs) => {
    const [q, k, v] = inputs as readonly [Tensor, Tensor, Tensor]
    return attends(q, k, v)
      ? E.right({ shape: [attentionPacking(attendedShape(q, k, v)).total], dtype: "f32" })
      : attentionMismatch("attention", inputs)
  },
  cpu: attendOnHost,
  lowering: { kind: "kernel", family: "attention" },
  vjp: pullBack,
  batch: (rule) => batchedAttention(attentionOp, rule),
  flops: ([q, k, v], _output, { causal }) => {
    const { batch, heads, queries, keys, width, depth } = attendedShape(q!, k!, v!)
    return 2 * batch * heads * queries * keys * (width + depth) * (causal ? 0.5 : 1)
  },
  shows: [
    {
      inputs: [
        { shape: [1, 1, 1, 1], values: [2] },
        { shape: [1, 1, 2, 1], values: [0, Math.log(3) / 2] },
        { shape: [1, 1, 2, 1], values: [4, 8] },
      ],
      attributes: { scale: 1, causal: false },
      output: { shape: [5], values: [7, Math.log(4), 0, 0, 0] },
    },
  ],
  samples: attentionSamples,
}
