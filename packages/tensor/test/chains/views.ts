import type { DType } from "../../src/dtype/dtype.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import * as t from "../../src/ops/index.ts"
import { sizeOf, type Shape, type Spec } from "../../src/shape/shape.ts"
import type { Draw } from "./draw.ts"

/** Makes an input of a program. */
export type Leaf = (spec: Spec) => Tensor

/** Largest tensor that views make: wrong indices show in few elements. */
const most = 6_000

type Below = (shape: Shape) => Tensor

/** A view whose result has `shape`, of what `below` gives for the shape it needs; `null` where there is none. */
type Before = (shape: Shape, below: Below, draw: Draw, dtype: DType) => Tensor | null

const axisWith = (shape: Shape, draw: Draw, holds: (extent: number) => boolean): number | null => {
  const axes = shape.flatMap((extent, axis) => (holds(extent) ? [axis] : []))
  return axes.length === 0 ? null : draw.one(axes)
}

const replaced = (shape: Shape, axis: number, extent: number): Shape => shape.map((e, i) => (i === axis ? extent : e))

const flipped: Before = (shape, below, draw) =>
  shape.length === 0
    ? null
    : t.flip(below(shape), draw.shuffled([...shape.keys()]).slice(0, draw.whole(1, shape.length)))

const permuted: Before = (shape, below, draw) => {
  if (shape.length < 2) return null
  const order = draw.shuffled([...shape.keys()])
  const source = new Array<number>(shape.length)
  order.forEach((from, to) => (source[from] = shape[to]!))
  return t.permute(below(source), order)
}

const sliced: Before = (shape, below, draw) => {
  if (shape.length === 0) return null
  const cuts = shape.map((extent) => {
    const step = draw.chance(0.25) ? draw.whole(2, 3) : 1
    const start = draw.one([0, 0, 1, 2, 4])
    const end = start + (extent === 0 ? 0 : (extent - 1) * step + 1)
    return { step, start, end, whole: end + draw.one([0, 0, 1, 3, 4]) }
  })
  const source = cuts.map(({ whole }) => whole)
  if (sizeOf(source) > most) return null
  return t.slice(below(source), {
    starts: cuts.map(({ start }) => start),
    ends: cuts.map(({ end }) => end),
    steps: cuts.map(({ step }) => step),
  })
}

const padded: Before = (shape, below, draw, dtype) => {
  const axis = axisWith(shape, draw, (extent) => extent > 1)
  if (axis === null) return null
  const extent = shape[axis]!
  const inner = extent % 4 === 0 && draw.chance(0.5) ? 4 * draw.whole(1, extent / 4) : draw.whole(1, extent)
  const low =
    draw.chance(0.3) && (extent - inner) % 4 === 0
      ? 4 * draw.whole(0, (extent - inner) / 4)
      : draw.whole(0, extent - inner)
  const widths = (width: number): readonly number[] => shape.map((_, i) => (i === axis ? width : 0))
  const value = dtype === "bool" ? 1 : dtype === "f32" || dtype === "f16" ? 0.5 : 3
  return t.pad(below(replaced(shape, axis, inner)), { low: widths(low), high: widths(extent - inner - low), value })
}

const expanded: Before = (shape, below, draw) => {
  const axis = axisWith(shape, draw, (extent) => extent > 1)
  if (axis === null) return null
  const source = axis === 0 && draw.chance(0.5) ? shape.slice(1) : replaced(shape, axis, 1)
  return t.expand(below(source), shape)
}

const factorsOf = (size: number): readonly number[] => {
  for (let factor = 2; factor * factor <= size; factor++)
    if (size % factor === 0) return [factor, ...factorsOf(size / factor)]
  return size > 1 ? [size] : []
}

/** Another shape of as many elements. */
export const reshaped = (shape: Shape, draw: Draw): Shape => {
  const size = sizeOf(shape)
  if (size === 0) return [...shape.filter((extent) => extent === 0), draw.whole(1, 5)]
  const axes: number[] = []
  for (const factor of draw.shuffled(factorsOf(size)))
    if (axes.length > 0 && (axes.length >= 4 || draw.chance(0.5))) axes[draw.whole(0, axes.length - 1)]! *= factor
    else axes.push(factor)
  if (draw.chance(0.2)) axes.splice(draw.whole(0, axes.length), 0, 1)
  return axes
}

const reshapedBack: Before = (shape, below, draw) => t.reshape(below(reshaped(shape, draw)), shape)

const joined: Before = (shape, below, draw) => {
  const axis = axisWith(shape, draw, (extent) => extent > 1)
  if (axis === null) return null
  const extent = shape[axis]!
  const first =
    extent % 4 === 0 && extent > 4 && draw.chance(0.5) ? 4 * draw.whole(1, extent / 4 - 1) : draw.whole(1, extent - 1)
  return t.concat([below(replaced(shape, axis, first)), below(replaced(shape, axis, extent - first))], axis)
}

const before: readonly Before[] = [flipped, permuted, sliced, padded, expanded, reshapedBack, joined]

/** A tensor of this shape and type at the end of a random chain of `length` views of inputs. */
export const viewed = (leaf: Leaf, shape: Shape, dtype: DType, length: number, draw: Draw): Tensor => {
  if (length === 0) return leaf({ shape, dtype })
  const below = (source: Shape): Tensor => viewed(leaf, source, dtype, length - 1, draw)
  for (const view of draw.shuffled(before)) {
    const made = view(shape, below, draw, dtype)
    if (made !== null) return made
  }
  return leaf({ shape, dtype })
}

/** Views of what is there already. */
type After = (x: Tensor, draw: Draw) => Tensor

const after: readonly After[] = [
  (x, draw) =>
    x.shape.length === 0 ? x : t.flip(x, draw.shuffled([...x.shape.keys()]).slice(0, draw.whole(1, x.shape.length))),
  (x, draw) => t.permute(x, draw.shuffled([...x.shape.keys()])),
  (x, draw) =>
    t.slice(x, {
      starts: x.shape.map((extent) => draw.whole(0, Math.min(2, Math.max(0, extent - 1)))),
      ends: x.shape.map((extent) => Math.max(extent - draw.whole(0, 1), Math.min(extent, 3))),
      steps: x.shape.map(() => (draw.chance(0.2) ? 2 : 1)),
    }),
  (x, draw) =>
    t.pad(x, {
      low: x.shape.map(() => draw.one([0, 0, 1, 4])),
      high: x.shape.map(() => draw.one([0, 0, 3, 4])),
      value: x.dtype === "bool" ? 1 : 2,
    }),
  (x, draw) => t.expand(x, [draw.whole(2, 4), ...x.shape]),
  (x, draw) => t.reshape(x, reshaped(x.shape, draw)),
  (x, draw) => (x.shape.length === 0 ? x : t.concat([x, t.flip(x, 0)], draw.whole(0, x.shape.length - 1))),
]

/** `length` random views behind x. */
export const viewedOn = (x: Tensor, length: number, draw: Draw): Tensor => {
  if (length === 0) return x
  const made = draw.one(after)(x, draw)
  return sizeOf(made.shape) > most || made.shape.length > 6 ? x : viewedOn(made, length - 1, draw)
}
