import * as E from "fp-ts/lib/Either.js"
import { constantIndex } from "../codegen/indexing.ts"
import { dual } from "../op/dual.ts"
import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import type { Op } from "../op/op.ts"
import type { HostArray } from "../host/array.ts"
import { broadcastShapes, sameShape, type Shape } from "../shape/shape.ts"
import { expandView, contiguousView } from "../shape/view.ts"
import { copyView } from "../host/copyView.ts"
import { cast } from "./cast.ts"
import { reshape } from "./reshape.ts"
import { sum } from "./sum.ts"

export interface ExpandAttributes extends Readonly<Record<string, unknown>> {
  readonly shape: Shape
}

/** Sums `x` down to `shape`, of which it is a broadcast: the transpose of `expand`. */
export const unexpand = (x: Tensor, shape: Shape): Tensor => {
  const added = x.shape.length - shape.length
  const axes = x.shape.flatMap((extent, axis) =>
    axis < added || (shape[axis - added] === 1 && extent !== 1) ? [axis] : [],
  )
  return axes.length === 0 ? reshape(x, shape) : cast(reshape(sum(x, { axis: axes, keep: true }), shape), x.dtype)
}

// Counted from the last: what is neither 1 nor what is asked for.
const unlike = (shape: Shape, wanted: Shape): readonly number[] =>
  shape.flatMap((extent, axis) => {
    const asked = wanted[wanted.length - shape.length + axis]
    return extent === asked || (extent === 1 && asked !== undefined) ? [] : [axis]
  })

export const expandOp: Op<ExpandAttributes> = {
  name: "expand",
  doc: "expand(x, shape)[…, i, …] = x[…, 0, …] on axes of extent 1; new leading axes repeat.  x: [...s] → [...shape]",
  gives: ([x], { shape }) => {
    const joined = broadcastShapes(x!.shape, shape)
    return joined !== null && sameShape(joined, shape)
      ? E.right({ shape, dtype: x!.dtype })
      : E.left({
          _tag: "ShapeMismatch",
          op: "expand",
          operands: [{ name: "x", ...x!, marked: unlike(x!.shape, shape) }],
          rule: `cannot repeat to [${shape.join(", ")}]: each axis must match or be 1`,
          remedy: "reshape x so that the axes to repeat have extent 1",
        })
  },
  cpu: ([x], output) => copyView(x as HostArray, expandView(contiguousView(x!.shape), output.shape), output),
  lowering: {
    kind: "inline",
    emit: (emit, index, _attributes, [x], output) => {
      const added = output.shape.length - x!.shape.length
      return emit.read(
        0,
        x!.shape.map((extent, axis) => (extent === 1 ? constantIndex(0) : index[axis + added]!)),
      )
    },
    view: (view, _attributes, output) => expandView(view, output.shape),
  },
  vjp: ({ inputs: [x], cotangent }) => [unexpand(cotangent, x!.shape)],
  flops: () => 0,
  shows: [
    {
      inputs: [{ shape: [2, 1], values: [1, 2] }],
      attributes: { shape: [2, 3] },
      output: { shape: [2, 3], values: [1, 1, 1, 2, 2, 2] },
    },
  ],
  samples: [
    { inputs: [{ shape: [], dtype: "f32" }], attributes: { shape: [3, 5] } },
    { inputs: [{ shape: [3, 1, 2], dtype: "f32" }], attributes: { shape: [4, 3, 7, 2] } },
    { inputs: [{ shape: [3, 1], dtype: "f32" }], attributes: { shape: [3, 8] } },
    { inputs: [{ shape: [1, 8], dtype: "f32" }], attributes: { shape: [3, 8] } },
    { inputs: [{ shape: [1, 3], dtype: "f32" }], attributes: { shape: [0, 3] } },
    { inputs: [{ shape: [1, 3], dtype: "f32" }], attributes: { shape: [65_537, 3] } },
  ],
}

/** Repeats axes of extent 1 (and adds leading axes) until `x` has `shape`. Costs nothing: readers repeat the index. */
export const expand = dual("expand", (x, shape: Shape) => applyOp(expandOp, [x], { shape }))
