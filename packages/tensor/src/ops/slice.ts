import { optionsOf } from "../op/options.ts"
import * as E from "fp-ts/lib/Either.js"
import { addIndex, constantIndex, scaleIndex } from "../codegen/indexing.ts"
import { dual, dualOptions } from "../op/dual.ts"
import { raise } from "../error.ts"
import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { copyView } from "../host/copyView.ts"
import type { Op } from "../op/op.ts"
import { resolveAxis, sameShape, type Shape } from "../shape/shape.ts"
import { contiguousView, sliceView } from "../shape/view.ts"
import { pad } from "./pad.ts"
import { reshape } from "./reshape.ts"

export interface SliceAttributes extends Readonly<Record<string, unknown>> {
  readonly starts: readonly number[]
  readonly ends: readonly number[]
  readonly steps: readonly number[]
}

const extentsOf = ({ starts, ends, steps }: SliceAttributes): Shape =>
  starts.map((start, axis) => Math.ceil((ends[axis]! - start) / steps[axis]!))

const fits = (shape: Shape, { starts, ends, steps }: SliceAttributes): boolean =>
  [starts, ends, steps].every((list) => list.length === shape.length && list.every(Number.isInteger)) &&
  shape.every((extent, axis) => 0 <= starts[axis]! && starts[axis]! <= ends[axis]! && ends[axis]! <= extent) &&
  steps.every((step) => step >= 1)

// Elements lie `step` apart: each becomes the first of `step` along its axis, the others zero.
const spread = (x: Tensor, axis: number, step: number): Tensor => {
  if (step === 1) return x
  const { shape } = x
  const none = new Array<number>(shape.length + 1).fill(0)
  const columns = reshape(x, [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)])
  return reshape(
    pad(columns, { high: none.map((_, i) => (i === axis + 1 ? step - 1 : 0)) }),
    shape.map((extent, i) => (i === axis ? extent * step : extent)),
  )
}

/** Puts `x` back where a slice of `shape` took it from, zeros elsewhere. */
const unslice = (x: Tensor, shape: Shape, { starts, steps }: SliceAttributes): Tensor => {
  const apart = steps.reduce((held, step, axis) => spread(held, axis, step), x)
  const ends = apart.shape.map((extent, axis) => Math.min(extent, shape[axis]! - starts[axis]!))
  return pad(slice(apart, { ends }), { low: starts, high: ends.map((end, axis) => shape[axis]! - starts[axis]! - end) })
}

export const sliceOp: Op<SliceAttributes> = {
  name: "slice",
  doc: "slice(x, {starts, ends, steps})[…, i, …] = x[…, start + i·step, …].  Steps are positive",
  gives: ([x], attributes) =>
    fits(x!.shape, attributes)
      ? E.right({ shape: extentsOf(attributes), dtype: x!.dtype })
      : E.left({
          _tag: "InvalidAttribute",
          op: "slice",
          attribute: "starts, ends, steps",
          rule: `[${attributes.starts.join(", ")}] to [${attributes.ends.join(", ")}] by [${attributes.steps.join(", ")}] must lie in [${x!.shape.join(", ")}], steps at least 1`,
          remedy: "flip(x, axes) reverses axes; negative positions count from the end",
        }),
  cpu: ([x], output, { starts, steps }) =>
    copyView(x!, sliceView(contiguousView(x!.shape), starts, steps, output.shape), output),
  lowering: {
    kind: "inline",
    emit: (emit, index, { starts, steps }) =>
      emit.read(
        0,
        index.map((at, axis) => addIndex(constantIndex(starts[axis]!), scaleIndex(at, steps[axis]!))),
      ),
    view: (view, { starts, steps }, output) => sliceView(view, starts, steps, output.shape),
  },
  vjp: ({ inputs: [x], cotangent, attributes }) => [unslice(cotangent, x!.shape, attributes)],
  flops: () => 0,
  shows: [
    {
      inputs: [{ shape: [5], values: [1, 2, 3, 4, 5] }],
      attributes: { starts: [1], ends: [5], steps: [2] },
      output: { shape: [2], values: [2, 4] },
    },
  ],
  samples: (
    [
      [
        [7, 9],
        [1, 2],
        [6, 9],
        [1, 3],
      ],
      [
        [7, 8],
        [0, 1],
        [7, 8],
        [2, 2],
      ],
      [[5], [2], [2], [1]],
      [
        [5, 16],
        [1, 4],
        [5, 12],
        [1, 1],
      ],
      [
        [3, 16],
        [0, 1],
        [3, 16],
        [1, 2],
      ],
      [
        [65_537, 3],
        [0, 1],
        [65_537, 3],
        [1, 1],
      ],
    ] as const
  ).map(([shape, starts, ends, steps]) => ({
    inputs: [{ shape, dtype: "f32" }],
    attributes: { starts, ends, steps },
  })),
}

/** Window of a slice per axis. Missing axes are taken whole; negative positions count from the end. */
export interface SliceOptions {
  readonly starts?: readonly number[]
  readonly ends?: readonly number[]
  readonly steps?: readonly number[]
}

const position = (asked: number | undefined, extent: number, fallback: number): number =>
  asked === undefined ? fallback : asked < 0 ? asked + extent : asked

/** Every `steps`-th element from `starts` up to (not including) `ends`, per axis. Throws `InvalidAttribute` when out of range. */
export const slice = dualOptions("slice", (x, options: SliceOptions) => {
  const { starts = [], ends = [], steps = [] } = optionsOf("slice", options, ["starts", "ends", "steps"])
  const attributes = {
    starts: x.shape.map((extent, axis) => position(starts[axis], extent, 0)),
    ends: x.shape.map((extent, axis) => position(ends[axis], extent, extent)),
    steps: x.shape.map((_, axis) => steps[axis] ?? 1),
  }
  const whole = fits(x.shape, attributes) && sameShape(extentsOf(attributes), x.shape)
  return whole ? x : applyOp(sliceOp, [x], attributes)
})

/** x[…, start..end, …] along one axis; negative positions count from the end. Throws `InvalidAttribute`. */
export const sliceAxis = dual("sliceAxis", (x, axis: number, start: number, end?: number) => {
  const resolved = resolveAxis(axis, x.shape.length)
  if (resolved === null)
    return raise({
      _tag: "InvalidAttribute",
      op: "sliceAxis",
      attribute: "axis",
      rule: `${axis} is not an axis of a tensor of rank ${x.shape.length}`,
      remedy: "axes count from 0, or from -1 at the end",
    })
  const at = <T>(value: T, rest: T) => x.shape.map((_, i) => (i === resolved ? value : rest))
  return slice(x, {
    starts: at(start, 0),
    ends: x.shape.map((extent, i) => (i === resolved ? (end ?? extent) : extent)),
  })
})
