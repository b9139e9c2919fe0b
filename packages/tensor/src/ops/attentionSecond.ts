import type { Tensor } from "../graph/tensor.ts"
import type { Pullback } from "../op/op.ts"
import { add } from "./add.ts"
import { attendedShape, unpackHeads, type AttentionAttributes } from "./attentionShape.ts"
import { cast } from "./cast.ts"
import { matmul } from "./contract.ts"
import { exp } from "./exp.ts"
import { iota } from "./iota.ts"
import { lessEqual } from "./lessEqual.ts"
import { mul } from "./mul.ts"
import { neg } from "./neg.ts"
import { permute, transpose } from "./permute.ts"
import { select } from "./select.ts"
import { sub } from "./sub.ts"
import { sum } from "./sum.ts"
import { unsqueeze } from "./unsqueeze.ts"

type Rule = Pullback<AttentionAttributes>

/** Probabilities P, slopes dP - δ and A = P∘(dP - δ) as whole matrices: gradients of gradients need not stream. */
const matrices = ({ inputs: [q, k, v, logSums, upper, delta], attributes: { scale, causal } }: Rule) => {
  const scores = mul(matmul(q!, transpose(k!)), scale)
  const all = exp(sub(scores, unsqueeze(logSums!, -1)))
  const square = scores.shape.slice(-2)
  const p = causal ? select(lessEqual(iota(square, 1), iota(square, 0)), all, 0) : all
  const slope = sub(matmul(upper!, transpose(v!)), unsqueeze(delta!, -1))
  return { p, slope, a: mul(p, slope) }
}

/** What reaches the six inputs through P (cotangent `toP`) and through dP - δ (cotangent `toSlope`). */
const spread = (
  { inputs: [q, k, v, , upper], attributes: { scale } }: Rule,
  p: Tensor,
  toP: Tensor,
  toSlope: Tensor,
): readonly Tensor[] => {
  const toScores = mul(toP, p)
  const scaled = mul(toScores, scale)
  return [
    matmul(scaled, k!),
    matmul(transpose(scaled), q!),
    matmul(transpose(toSlope), upper!),
    neg(sum(toScores, { axis: -1 })),
    matmul(toSlope, v!),
    neg(sum(toSlope, { axis: -1 })),
  ]
}

const finished = ({ inputs }: Rule, parts: readonly Tensor[], more: Readonly<Record<number, Tensor>>) =>
  parts.map((part, i) => cast(more[i] === undefined ? part : add(part, more[i]), inputs[i]!.dtype))

/** Pulls back scale·A·k. */
export const pullBackQueries = (rule: Rule): readonly Tensor[] => {
  const { p, slope, a } = matrices(rule)
  const upper = mul(permute(rule.cotangent, [0, 2, 1, 3]), rule.attributes.scale)
  const toA = matmul(upper, transpose(rule.inputs[1]!))
  return finished(rule, spread(rule, p, mul(toA, slope), mul(toA, p)), { 1: matmul(transpose(a), upper) })
}

/** Pulls back scale·Aᵀ·q and Pᵀ·dO. */
export const pullBackKeys = (rule: Rule): readonly Tensor[] => {
  const [q, k, v, , cotangent] = rule.inputs as readonly [Tensor, Tensor, Tensor, Tensor, Tensor]
  const { batch, heads, keys, width, depth } = attendedShape(q, k, v)
  const toKeys = mul(unpackHeads(rule.cotangent, 0, [batch, heads, keys, width]), rule.attributes.scale)
  const toValues = unpackHeads(rule.cotangent, batch * keys * heads * width, [batch, heads, keys, depth])
  const { p, slope, a } = matrices(rule)
  const toA = matmul(q, transpose(toKeys))
  const toP = add(mul(toA, slope), matmul(cotangent, transpose(toValues)))
  const more = { 0: matmul(a, toKeys), 4: matmul(p, toValues) }
  return finished(rule, spread(rule, p, toP, mul(toA, p)), more)
}
