import * as E from "fp-ts/lib/Either.js"
import { literal } from "../codegen/literal.ts"
import type { DType } from "../dtype/dtype.ts"
import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import type { Op } from "../op/op.ts"
import { notHeld } from "../dtype/heldNumber.ts"
import { isExtent, type Shape } from "../shape/shape.ts"

export interface FillAttributes extends Readonly<Record<string, unknown>> {
  readonly shape: Shape
  readonly value: number
  readonly dtype: DType
}

export const fillOp: Op<FillAttributes> = {
  name: "fill",
  doc: "fill(shape, v)[i] = v.  → [...shape]",
  gives: (_inputs, { shape, dtype, value }) => {
    if (!shape.every(isExtent))
      return E.left({
        _tag: "InvalidAttribute",
        op: "fill",
        attribute: "shape",
        rule: `extents must be integers of at least 0, got [${shape.join(", ")}]`,
        remedy: "round the extents",
      })
    const refused = notHeld(value, dtype)
    return refused === null
      ? E.right({ shape, dtype })
      : E.left({ _tag: "InvalidAttribute", op: "fill", attribute: "value", ...refused })
  },
  cpu: (_inputs, output, { value }) => void output.data.fill(value),
  lowering: { kind: "inline", emit: (_emit, _index, { value, dtype }) => literal(value, dtype) },
  vjp: () => [],
  flops: () => 0,
  shows: [{ inputs: [], attributes: { shape: [2], value: 3, dtype: "f32" }, output: { shape: [2], values: [3, 3] } }],
  samples: [[], [0], [3, 5], [65_537]].map((shape) => ({
    inputs: [],
    attributes: { shape, value: 1.5, dtype: "f32" },
  })),
}

/** A tensor of one value, f32 unless told. Throws `InvalidAttribute` for a number that the element type does not hold. */
export const fill = (shape: Shape, value: number, dtype: DType = "f32"): Tensor =>
  applyOp(fillOp, [], { shape, value, dtype })

/** A tensor of zeros, f32 unless told. */
export const zeros = (shape: Shape, dtype: DType = "f32"): Tensor => fill(shape, 0, dtype)

/** A tensor of ones, f32 unless told. */
export const ones = (shape: Shape, dtype: DType = "f32"): Tensor => fill(shape, 1, dtype)
