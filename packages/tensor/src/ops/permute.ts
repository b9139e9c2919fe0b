import * as E from "fp-ts/lib/Either.js"
import { dual } from "../op/dual.ts"
import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { copyView } from "../host/copyView.ts"
import type { Op } from "../op/op.ts"
import { contiguousView, permuteView } from "../shape/view.ts"

export interface PermuteAttributes extends Readonly<Record<string, unknown>> {
  readonly order: readonly number[]
}

const inverse = (order: readonly number[]): readonly number[] => order.map((_, axis) => order.indexOf(axis))

const isPermutation = (order: readonly number[], rank: number): boolean =>
  order.length === rank && order.toSorted((a, b) => a - b).every((axis, i) => axis === i)

export const permuteOp: Op<PermuteAttributes> = {
  name: "permute",
  doc: "permute(x, order): axis k of the result is axis order[k] of x",
  gives: ([x], { order }) =>
    isPermutation(order, x!.shape.length)
      ? E.right({ shape: order.map((axis) => x!.shape[axis]!), dtype: x!.dtype })
      : E.left({
          _tag: "InvalidAttribute",
          op: "permute",
          attribute: "order",
          rule: `[${order.join(", ")}] is not an order of ${x!.shape.length} axes`,
          remedy: "name each axis from 0 once",
        }),
  cpu: ([x], output, { order }) => copyView(x!, permuteView(contiguousView(x!.shape), order), output),
  lowering: {
    kind: "inline",
    emit: (emit, index, { order }) =>
      emit.read(
        0,
        inverse(order).map((axis) => index[axis]!),
      ),
    view: (view, { order }) => permuteView(view, order),
  },
  vjp: ({ cotangent, attributes }) => [permute(cotangent, inverse(attributes.order))],
  flops: () => 0,
  shows: [
    {
      inputs: [{ shape: [2, 3], values: [1, 2, 3, 4, 5, 6] }],
      attributes: { order: [1, 0] },
      output: { shape: [3, 2], values: [1, 4, 2, 5, 3, 6] },
    },
  ],
  samples: [
    { inputs: [{ shape: [3, 5, 7], dtype: "f32" }], attributes: { order: [2, 0, 1] } },
    { inputs: [{ shape: [2, 0, 3], dtype: "f32" }], attributes: { order: [1, 2, 0] } },
    { inputs: [{ shape: [4, 3, 8], dtype: "f32" }], attributes: { order: [1, 0, 2] } },
    { inputs: [{ shape: [4, 8], dtype: "f32" }], attributes: { order: [1, 0] } },
    { inputs: [{ shape: [65_537, 2], dtype: "f32" }], attributes: { order: [1, 0] } },
  ],
}

/** Reorders axes; negative axes count from the end. */
export const permute = dual("permute", (x, order: readonly number[]) =>
  applyOp(permuteOp, [x], { order: order.map((axis) => (axis < 0 ? axis + x.shape.length : axis)) }),
)

/** Exchanges two axes, by default the last two. */
export const transpose = (x: Tensor, first = -1, second = -2): Tensor => {
  const rank = x.shape.length
  const [a, b] = [first < 0 ? first + rank : first, second < 0 ? second + rank : second]
  return permute(
    x,
    x.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis)),
  )
}
