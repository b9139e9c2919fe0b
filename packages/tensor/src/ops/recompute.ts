import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { aliasOp } from "./alias.ts"

export const recomputeOp = aliasOp({
  name: "recompute",
  doc: "recompute(x) = x, but what depends on it is not merged with equal expressions of x",
  vjp: ({ cotangent }) => [cotangent],
  attributes: {},
})

/**
 * x behind a barrier to common-subexpression elimination: expressions of it are computed again instead of being kept in
 * memory from an earlier use. What checkpointing is made of.
 */
export const recompute = (x: Tensor): Tensor => applyOp(recomputeOp, [x], {})
