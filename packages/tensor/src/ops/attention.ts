import { raise } from "../error.ts"
import type { Tensor } from "../graph.ts"
import { add } from "./add.ts"
import { matmul } from "./contract.ts"
import { iota } from "./iota.ts"
import { lessEqual } from "./lessEqual.ts"
import { mul } from "./mul.ts"
import { transpose } from "./permute.ts"
import { select } from "./select.ts"
import { softmax } from "./softmax.ts"

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

/**
 * softmax(q·kᵀ·scale + mask)·v. q: [...batch, queries, width], k: [...batch, keys, width], v: [...batch, keys, depth] →
 * [...batch, queries, depth]. Each query must see at least one key. Throws `ShapeMismatch`.
 */
export const attention = (q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor => {
  const width = q.shape.at(-1)!
  if (q.shape.length < 2 || k.shape.at(-1) !== width || k.shape.at(-2) !== v.shape.at(-2))
    return raise({
      _tag: "ShapeMismatch",
      op: "attention",
      operands: [q, k, v].map(({ shape, dtype }, i) => ({ name: "qkv"[i]!, shape, dtype })),
      rule: "q [...b, queries, width], k [...b, keys, width] and v [...b, keys, depth] must agree",
      remedy: "split heads first: permute(reshape(x, [b, t, heads, width]), [0, 2, 1, 3])",
    })
  const scores = matmul(mul(q, options.scale ?? 1 / Math.sqrt(width)), transpose(k))
  return matmul(softmax(masked(scores, options)), v)
}
