import * as E from "fp-ts/lib/Either.js"
import { linearIndex } from "../codegen/indexing.ts"
import { dual } from "../op/dual.ts"
import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import type { Op } from "../op/op.ts"
import { isExtent, sameShape, sizeOf, type Shape } from "../shape/shape.ts"
import { reshapeView } from "../shape/view.ts"

export interface ReshapeAttributes extends Readonly<Record<string, unknown>> {
  readonly shape: Shape
}

export const reshapeOp: Op<ReshapeAttributes> = {
  name: "reshape",
  doc: "reshape(x, shape): the same elements in row-major order.  x: [...s] → [...shape], Πs = Πshape",
  gives: ([x], { shape }) =>
    shape.every(isExtent) && sizeOf(shape) === sizeOf(x!.shape)
      ? E.right({ shape, dtype: x!.dtype })
      : E.left({
          _tag: "ShapeMismatch",
          op: "reshape",
          operands: [{ name: "x", ...x! }],
          rule: `[${shape.join(", ")}] has ${sizeOf(shape)} elements, x has ${sizeOf(x!.shape)}`,
          remedy: "one extent may be -1: it is then inferred",
        }),
  cpu: ([x], output) => output.data.set(x!.data),
  lowering: {
    kind: "inline",
    emit: (emit, index, _attributes, [x], output) =>
      emit.read(0, emit.split(linearIndex(index, output.shape), x!.shape)),
    view: (view, { shape }) => reshapeView(view, shape),
  },
  vjp: ({ inputs: [x], cotangent }) => [reshape(cotangent, x!.shape)],
  flops: () => 0,
  shows: [
    {
      inputs: [{ shape: [2, 2], values: [1, 2, 3, 4] }],
      attributes: { shape: [4] },
      output: { shape: [4], values: [1, 2, 3, 4] },
    },
  ],
  samples: [
    { inputs: [{ shape: [6, 35], dtype: "f32" }], attributes: { shape: [2, 21, 5] } },
    { inputs: [{ shape: [1], dtype: "f32" }], attributes: { shape: [] } },
    { inputs: [{ shape: [2, 0], dtype: "f32" }], attributes: { shape: [0, 7] } },
    { inputs: [{ shape: [65_537, 2], dtype: "f32" }], attributes: { shape: [2, 65_537] } },
  ],
}

const resolveShape = (x: Tensor, shape: Shape): Shape => {
  const known = sizeOf(shape.filter((extent) => extent !== -1))
  return shape.map((extent) => (extent === -1 && known > 0 ? sizeOf(x.shape) / known : extent))
}

/** The same elements in another shape; one extent may be -1. */
export const reshape = dual("reshape", (x, shape: Shape) => {
  const resolved = resolveShape(x, shape)
  return sameShape(resolved, x.shape) ? x : applyOp(reshapeOp, [x], { shape: resolved })
})
