import * as E from "fp-ts/lib/Either.js"
import { isFloating } from "../dtype/dtype.ts"
import type { TensorErrorDetail } from "../error.ts"
import type { Tensor } from "../graph/tensor.ts"
import { sameShape, type Spec } from "../shape/shape.ts"
import { permute } from "./permute.ts"
import { reshape } from "./reshape.ts"
import { slice } from "./slice.ts"

export interface AttentionAttributes extends Readonly<Record<string, unknown>> {
  /** Factor of the scores. */
  readonly scale: number
  /** Query i sees keys up to i. */
  readonly causal: boolean
}

/** Extents of q [batch, heads, queries, width], k [batch, heads, keys, width] and v [batch, heads, keys, depth]. */
export interface AttentionShape {
  readonly batch: number
  readonly heads: number
  readonly queries: number
  readonly keys: number
  readonly width: number
  readonly depth: number
}

export const attendedShape = (q: Spec, k: Spec, v: Spec): AttentionShape => {
  const [batch, heads, queries, width] = q.shape as readonly [number, number, number, number]
  return { batch, heads, queries, keys: k.shape[2]!, width, depth: v.shape[3]! }
}

/** Whether q, k and v agree, and each query has a key to see. */
export const attends = (q: Spec, k: Spec, v: Spec): boolean => {
  if ([q, k, v].some(({ shape, dtype }) => shape.length !== 4 || !isFloating(dtype))) return false
  const { batch, heads, keys, width, depth } = attendedShape(q, k, v)
  return (
    sameShape(k.shape, [batch, heads, keys, width]) &&
    sameShape(v.shape, [batch, heads, keys, depth]) &&
    Math.min(keys, width, depth) > 0
  )
}

/** Whether the further inputs of a gradient agree: logSums and delta [batch, heads, queries], cotangent like the result. */
export const attendsBackward = ([q, k, v, logSums, cotangent, delta]: readonly Spec[]): boolean => {
  if (!attends(q!, k!, v!) || [logSums, cotangent, delta].some((spec) => !isFloating(spec!.dtype))) return false
  const { batch, heads, queries, depth } = attendedShape(q!, k!, v!)
  const rows = [batch, heads, queries]
  return (
    sameShape(logSums!.shape, rows) && sameShape(delta!.shape, rows) && sameShape(cotangent!.shape, [...rows, depth])
  )
}

export const attentionMismatch = (op: string, inputs: readonly Spec[]): E.Either<TensorErrorDetail, Spec> =>
  E.left({
    _tag: "ShapeMismatch",
    op,
    operands: inputs.map(({ shape, dtype }, i) => ({
      name: ["q", "k", "v", "logSums", "cotangent", "delta"][i]!,
      shape,
      dtype,
    })),
    rule: "q [b, h, queries, width], k [b, h, keys, width] and v [b, h, keys, depth] must agree, with at least one key",
    remedy: "split heads first: permute(reshape(x, [b, t, heads, width]), [0, 2, 1, 3])",
  })

/**
 * Where the two results of attention lie in its one tensor: the attended values [batch, queries, heads, depth], then the
 * logarithms of the rows' sums [batch, heads, 4⌈queries / 4⌉], then zeros up to whole rows of heads · depth. Values in
 * this order are what a projection of the joined heads reads, and whole rows let it read them in place.
 */
export interface AttentionPacking {
  readonly values: number
  /** Row sums kept per head, a multiple of four. */
  readonly sums: number
  readonly used: number
  readonly total: number
}

export const attentionPacking = ({ batch, heads, queries, depth }: AttentionShape): AttentionPacking => {
  const values = batch * queries * heads * depth
  const sums = 4 * Math.ceil(queries / 4)
  const used = values + batch * heads * sums
  const row = Math.max(1, heads * depth)
  return { values, sums, used, total: Math.ceil(used / row) * row }
}

/** [batch, tokens, heads, width] from position `start` of a packed tensor, as [batch, heads, tokens, width]. */
export const unpackHeads = (
  packed: Tensor,
  start: number,
  [batch, heads, tokens, width]: readonly [number, number, number, number],
): Tensor => {
  const part = slice(packed, { starts: [start], ends: [start + batch * heads * tokens * width] })
  return permute(reshape(part, [batch, tokens, heads, width]), [0, 2, 1, 3])
}

/** The attended values of a packed result. [batch, heads, queries, depth] */
export const attendedValues = (packed: Tensor, { batch, heads, queries, depth }: AttentionShape): Tensor =>
  unpackHeads(packed, 0, [batch, heads, queries, depth])

/** log Σ exp of each row of scores of a packed result. [batch, heads, queries] */
export const attendedLogSums = (packed: Tensor, shape: AttentionShape): Tensor => {
  const { batch, heads, queries } = shape
  const { values, sums, used } = attentionPacking(shape)
  const rows = reshape(slice(packed, { starts: [values], ends: [used] }), [batch, heads, sums])
  return slice(rows, { ends: [batch, heads, queries] })
}
