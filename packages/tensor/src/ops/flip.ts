import { wgsl } from "../codegen/expression.ts"
import * as E from "fp-ts/lib/Either.js"
import { dual } from "../op/dual.ts"
import { applyOp } from "../graph/graph.ts"
import { copyView } from "../host/copyView.ts"
import type { Op } from "../op/op.ts"
import { reduceAxes } from "../op/reduction.ts"
import { stridesOf } from "../shape/shape.ts"

export interface FlipAttributes extends Readonly<Record<string, unknown>> {
  readonly axes: readonly number[]
}

export const flipOp: Op<FlipAttributes> = {
  name: "flip",
  doc: "flip(x, axes)[…, i, …] = x[…, n - 1 - i, …] on each of the axes",
  gives: ([x]) => E.right({ shape: x!.shape, dtype: x!.dtype }),
  cpu: ([x], output, { axes }) => {
    const dense = stridesOf(x!.shape)
    const offset = axes.reduce((sum, axis) => sum + (x!.shape[axis]! - 1) * dense[axis]!, 0)
    const strides = dense.map((stride, axis) => (axes.includes(axis) ? -stride : stride))
    copyView(x!, { shape: x!.shape, strides, offset }, output)
  },
  lowering: {
    kind: "inline",
    emit: (emit, index, { axes }, [x]) =>
      emit.read(
        0,
        index.map((at, axis) => {
          const extent = x!.shape[axis]!
          return axes.includes(axis) && extent > 1 ? emit.bind(wgsl`${extent - 1}u - ${emit.text(at)}`, extent) : at
        }),
      ),
  },
  vjp: ({ cotangent, attributes: { axes } }) => [flip(cotangent, axes)],
  flops: () => 0,
  shows: [
    {
      inputs: [{ shape: [2, 3], values: [1, 2, 3, 4, 5, 6] }],
      attributes: { axes: [1] },
      output: { shape: [2, 3], values: [3, 2, 1, 6, 5, 4] },
    },
  ],
  samples: (
    [
      [
        [3, 5],
        [0, 1],
      ],
      [[2, 0, 3], [2]],
      [[65_537, 3], [0]],
      [[1, 7], [0]],
    ] as const
  ).map(([shape, axes]) => ({ inputs: [{ shape, dtype: "f32" }], attributes: { axes } })),
}

/** Reverses axes; negative axes count from the end. Throws `InvalidAttribute` for an axis out of range. */
export const flip = dual("flip", (x, axes: number | readonly number[]) =>
  applyOp(flipOp, [x], { axes: reduceAxes("flip", x, { axis: axes }) }),
)
