import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import type { Batch, Op } from "../op/op.ts"
import { attendedShape, attentionPacking, type AttentionAttributes } from "./attentionShape.ts"
import { concat } from "./concat.ts"
import { expand } from "./expand.ts"
import { pad } from "./pad.ts"
import { reshape } from "./reshape.ts"
import { slice } from "./slice.ts"

type Rule = Batch<AttentionAttributes>

/** The op of all examples at once: they are more of the batch that it has anyway. */
const together = (op: Op<AttentionAttributes>, { inputs, mapped, size, attributes }: Rule): Tensor => {
  const folded = inputs.map((input, i) => {
    const whole = mapped[i] === true ? input : expand(input, [size, ...input.shape])
    return reshape(whole, [size * whole.shape[1]!, ...whole.shape.slice(2)])
  })
  return applyOp(op, folded, attributes)
}

/** One example's q, k and v as the op sees them. */
const shapeOf = ({ inputs, mapped }: Rule) => {
  const [q, k, v] = inputs.map(({ shape, dtype }, i) => ({ shape: mapped[i] === true ? shape.slice(1) : shape, dtype }))
  return attendedShape(q!, k!, v!)
}

const part = (packed: Tensor, start: number, size: number, each: number): Tensor =>
  reshape(slice(packed, { starts: [start], ends: [start + size * each] }), [size, each])

/** Values of all examples lie before all sums of their rows: each example gets its own of both. */
export const batchedAttention = (op: Op<AttentionAttributes>, rule: Rule): Tensor => {
  const { size } = rule
  const { values, used, total } = attentionPacking(shapeOf(rule))
  const packed = together(op, rule)
  const parts = [part(packed, 0, size, values), part(packed, size * values, size, used - values)]
  return pad(concat(parts, 1), { high: [0, total - used] })
}

export const batchedQueries = (op: Op<AttentionAttributes>, rule: Rule): Tensor => {
  const gradient = together(op, rule)
  return reshape(gradient, [rule.size, gradient.shape[0]! / rule.size, ...gradient.shape.slice(1)])
}

/** As for values and sums: gradients of all keys lie before those of all values. */
export const batchedKeys = (op: Op<AttentionAttributes>, rule: Rule): Tensor => {
  const { batch, heads, keys, width, depth } = shapeOf(rule)
  const [toKeys, toValues] = [batch * keys * heads * width, batch * keys * heads * depth]
  const packed = together(op, rule)
  return concat([part(packed, 0, rule.size, toKeys), part(packed, rule.size * toKeys, rule.size, toValues)], 1)
}
