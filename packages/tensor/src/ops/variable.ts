import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { aliasOp } from "./alias.ts"

export const variableOp = aliasOp({
  name: "variable",
  doc: "variable(x) = x, as a node of its own that reverse mode can differentiate with respect to",
  vjp: ({ cotangent }) => [cotangent],
  attributes: {},
})

/** x as a fresh node: differentiating with respect to it sees only the uses described from here on. */
export const variable = (x: Tensor): Tensor => applyOp(variableOp, [x], {})
