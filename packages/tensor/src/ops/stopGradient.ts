import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { aliasOp } from "./alias.ts"

export const stopGradientOp = aliasOp({
  name: "stopGradient",
  doc: "stopGradient(x) = x, a constant to reverse mode",
  vjp: () => [null],
  attributes: {},
  except: { gradient: "is zero by definition", secondGradient: "is zero by definition" },
})

/** x, as a constant to reverse mode: no gradient flows through it. */
export const stopGradient = (x: Tensor): Tensor => applyOp(stopGradientOp, [x], {})
