import { optionsOf } from "./options.ts"
import * as E from "fp-ts/lib/Either.js"
import { isFloating, type DType } from "../dtype/dtype.ts"
import { raise } from "../error.ts"
import type { Example, Op, Pullback, Sample } from "./op.ts"
import type { HostArray } from "../host/array.ts"
import type { Tensor } from "../graph/tensor.ts"
import { resolveAxis, stridesOf, type Spec } from "../shape/shape.ts"

/** Axes a reduction folds; they stay with extent 1. Sorted and without repeats. */
export interface ReduceAttributes extends Readonly<Record<string, unknown>> {
  readonly axes: readonly number[]
}

/** Which axes a reduction folds: all of them by default; `keep` leaves them with extent 1. */
export interface ReduceOptions {
  readonly axis?: number | readonly number[]
  readonly keep?: boolean
}

/** Options as sorted axes. Throws `InvalidAttribute` for an axis out of range or named twice. */
export const reduceAxes = (op: string, x: Tensor, options: ReduceOptions): readonly number[] => {
  const { axis } = optionsOf(op, options, ["axis", "keep"])
  const asked = axis === undefined ? x.shape.map((_, i) => i) : typeof axis === "number" ? [axis] : axis
  const axes = asked.map((a) => resolveAxis(a, x.shape.length))
  if (axes.includes(null) || new Set(axes).size !== axes.length)
    return raise({
      _tag: "InvalidAttribute",
      op,
      attribute: "axis",
      rule: `[${asked.join(", ")}] must name different axes of a tensor of rank ${x.shape.length}`,
      remedy: "axes count from 0, or from -1 at the end",
    })
  return (axes as number[]).toSorted((a, b) => a - b)
}

// Host positions of each output element's group, walked as an outer and an inner odometer.
const foldOnHost = (
  x: HostArray,
  output: HostArray,
  axes: readonly number[],
  start: number,
  fold: (held: number, value: number) => number,
): void => {
  const totals = new Float64Array(output.data.length).fill(start)
  const outStrides = stridesOf(output.shape).map((stride, axis) => (axes.includes(axis) ? 0 : stride))
  const index = new Array<number>(x.shape.length).fill(0)
  let target = 0
  for (let i = 0; i < x.data.length; i++) {
    totals[target] = fold(totals[target]!, x.data[i]!)
    for (let axis = x.shape.length - 1; axis >= 0; axis--) {
      target += outStrides[axis]!
      if (++index[axis]! < x.shape[axis]!) break
      target -= outStrides[axis]! * x.shape[axis]!
      index[axis] = 0
    }
  }
  for (let i = 0; i < totals.length; i++) output.data[i] = totals[i]!
}

export interface ReductionDefinition {
  readonly name: string
  readonly doc: string
  readonly combine: "sum" | "max" | "min" | "peak"
  readonly takes: readonly DType[]
  readonly start: (dtype: DType) => number
  readonly fold: (held: number, value: number) => number
  readonly vjp: (pullback: Pullback<ReduceAttributes>) => readonly (Tensor | null)[]
  readonly shows: readonly Example<ReduceAttributes>[]
  readonly except?: NonNullable<Op["except"]>
}

const reduceSpec = (definition: ReductionDefinition, x: Spec, axes: readonly number[]): ReturnType<Op["gives"]> =>
  definition.takes.includes(x.dtype)
    ? E.right({ shape: x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent)), dtype: x.dtype })
    : E.left({
        _tag: "DTypeMismatch",
        op: definition.name,
        operands: [{ name: "x", ...x }],
        rule: `x must be ${definition.takes.join(" or ")}`,
        remedy: 'cast(x, "f32") converts',
      })

const reduceSamples: readonly Sample<ReduceAttributes>[] = [
  { inputs: [{ shape: [7], dtype: "f32" }], attributes: { axes: [0] } },
  { inputs: [{ shape: [1, 1], dtype: "f32" }], attributes: { axes: [0, 1] } },
  { inputs: [{ shape: [3, 257, 5], dtype: "f32" }], attributes: { axes: [1] } },
  { inputs: [{ shape: [3, 5, 259], dtype: "f32" }], attributes: { axes: [0, 2] } },
  { inputs: [{ shape: [5, 1031], dtype: "f32" }], attributes: { axes: [1] } },
  { inputs: [{ shape: [259, 12], dtype: "f32" }], attributes: { axes: [0] } },
  { inputs: [{ shape: [2, 1036], dtype: "f32" }], attributes: { axes: [1] } },
  { inputs: [{ shape: [2100, 8], dtype: "f32" }], attributes: { axes: [0] } },
  { inputs: [{ shape: [9, 2052], dtype: "f32" }], attributes: { axes: [1] } },
  { inputs: [{ shape: [90, 20], dtype: "f32" }], attributes: { axes: [1] } },
  { inputs: [{ shape: [65_537, 3], dtype: "f32" }], attributes: { axes: [1] } },
  { inputs: [{ shape: [65_537, 3], dtype: "f32" }], attributes: { axes: [0] } },
  { inputs: [{ shape: [0, 3], dtype: "f32" }], attributes: { axes: [1] } },
]

/** An op that folds axes into one element each: shape rule, CPU loop and test arguments come with it. */
export const reductionOp = (definition: ReductionDefinition): Op<ReduceAttributes> => ({
  name: definition.name,
  doc: definition.doc,
  gives: ([x], { axes }) => reduceSpec(definition, x!, axes),
  cpu: ([x], output, { axes }) => foldOnHost(x!, output, axes, definition.start(x!.dtype), definition.fold),
  lowering: { kind: "reduce", combine: definition.combine },
  vjp: definition.vjp,
  flops: ([x]) => x!.shape.reduce((size, extent) => size * extent, 1),
  shows: definition.shows,
  samples: reduceSamples,
  ...(definition.except === undefined ? {} : { except: definition.except }),
})

/** The largest finite f32. */
export const largestFinite = 2 ** 128 - 2 ** 104

/** The smallest value of an element type, from which a maximum starts; -∞ for floating types. */
export const lowest = (dtype: DType): number => (isFloating(dtype) ? -Infinity : dtype === "i32" ? -2147483648 : 0)

/** The largest value of an element type, from which a minimum starts; +∞ for floating types. */
export const highest = (dtype: DType): number =>
  isFloating(dtype) ? Infinity : dtype === "i32" ? 2147483647 : 4294967295
