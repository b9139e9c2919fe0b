import { optionsOf } from "../op/options.ts"
import { isFloating } from "../dtype/dtype.ts"
import { raise } from "../error.ts"
import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { broadcastShapes, sameShape, sizeOf, type Shape } from "../shape/shape.ts"
import { add } from "./add.ts"
import { attentionOp } from "./attentionForward.ts"
import { attendedValues, attendedShape } from "./attentionShape.ts"
import { matmul } from "./contract.ts"
import { expand } from "./expand.ts"
import { iota } from "./iota.ts"
import { lessEqual } from "./lessEqual.ts"
import { mul } from "./mul.ts"
import { transpose } from "./permute.ts"
import { reshape } from "./reshape.ts"
import { select } from "./select.ts"
import { maskedSoftmax } from "./softmax.ts"

export interface AttentionOptions {
  /** Broadcasts to [...batch, queries, keys]. A bool keeps where true; numbers are added to the scores. */
  readonly mask?: Tensor
  /** Query i sees keys up to i. */
  readonly causal?: boolean
  /** Factor of the scores; 1 / √width by default. */
  readonly scale?: number
}

const masked = (scores: Tensor, { mask, causal }: AttentionOptions): Tensor => {
  const square = scores.shape.slice(-2)
  const seen = causal === true ? select(lessEqual(iota(square, 1), iota(square, 0)), scores, -Infinity) : scores
  if (mask === undefined) return seen
  return mask.dtype === "bool" ? select(mask, seen, -Infinity) : add(seen, mask)
}

/** Through the whole matrix of scores, which a mask may then change as it likes. */
const composed = (q: Tensor, k: Tensor, v: Tensor, scale: number, options: AttentionOptions): Tensor =>
  matmul(maskedSoftmax(masked(matmul(mul(q, scale), transpose(k)), options)), v)

// All batch axes but the last count as one; a missing one has extent 1.
const asHeads = (x: Tensor, batch: Shape): Tensor => {
  const [tokens, width] = x.shape.slice(-2) as [number, number]
  const shape = [...batch, tokens, width]
  const whole = sameShape(shape, x.shape) ? x : expand(x, shape)
  return batch.length === 2 ? whole : reshape(whole, [sizeOf(batch.slice(0, -1)), batch.at(-1) ?? 1, tokens, width])
}

const streamed = (parts: readonly Tensor[], batch: Shape, scale: number, causal: boolean): Tensor => {
  const [q, k, v] = parts.map((part) => asHeads(part, batch)) as unknown as readonly [Tensor, Tensor, Tensor]
  const packed = applyOp(attentionOp, [q, k, v], { scale, causal })
  const values = attendedValues(packed, attendedShape(q, k, v))
  return batch.length === 2 ? values : reshape(values, [...batch, ...values.shape.slice(-2)])
}

const attendedAxes = [
  ["queries", "width"],
  ["keys", "width"],
  ["keys", "depth"],
] as const

/**
 * softmax(q·kᵀ·scale + mask)·v. q: [...batch, queries, width], k: [...batch, keys, width], v: [...batch, keys, depth] →
 * f32[...batch, queries, depth]. A query that sees no key, its scores all -∞, gives zeros and gradients of 0, as PyTorch
 * has it. Throws `ShapeMismatch`.
 *
 * Without a mask (causal or not) keys are streamed, forward and backward, and no [queries, keys] matrix exists; with a
 * mask the scores are computed whole. Sources: Vaswani et al. 2017, equation 1; Dao et al. 2022, FlashAttention.
 */
export const attention = (q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor => {
  optionsOf("attention", options, ["mask", "causal", "scale"])
  const width = q.shape.at(-1)!
  if (q.shape.length < 2 || k.shape.at(-1) !== width || k.shape.at(-2) !== v.shape.at(-2))
    return raise({
      _tag: "ShapeMismatch",
      op: "attention",
      operands: [q, k, v].map(({ shape, dtype }, i) => ({ name: "qkv"[i]!, shape, dtype, axes: attendedAxes[i]! })),
      rule: "q [...b, queries, width], k [...b, keys, width] and v [...b, keys, depth] must agree",
      remedy: "split heads first: permute(reshape(x, [b, t, heads, width]), [0, 2, 1, 3])",
    })
  const parts = [q, k, v]
  const scale = options.scale ?? 1 / Math.sqrt(width)
  const batch = parts.reduce<Shape | null>(
    (shape, part) => shape && broadcastShapes(shape, part.shape.slice(0, -2)),
    [],
  )
  const streams =
    options.mask === undefined &&
    batch !== null &&
    parts.every(({ shape, dtype }) => isFloating(dtype) && sizeOf(shape) > 0)
  return streams ? streamed(parts, batch, scale, options.causal ?? false) : composed(q, k, v, scale, options)
}
