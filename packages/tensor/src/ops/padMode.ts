import { raise } from "../error.ts"
import type { Tensor } from "../graph/tensor.ts"
import { concat } from "./concat.ts"
import { expand } from "./expand.ts"
import { flip } from "./flip.ts"
import { sliceAxis } from "./slice.ts"

/**
 * What lies around a padded tensor: a value; the tensor mirrored without its outermost element (NumPy's and PyTorch's "reflect"); its
 * outermost element ("replicate"); the tensor again from its other end ("wrap").
 */
export type PadMode = "constant" | "reflect" | "edge" | "circular"

export const padModes: readonly PadMode[] = ["constant", "reflect", "edge", "circular"]

type Border = (x: Tensor, axis: number, width: number) => Tensor

interface Borders {
  /** The widest border that an axis of an extent can have. */
  readonly widest: (extent: number) => number
  readonly before: Border
  readonly after: Border
}

const part = (x: Tensor, axis: number, start: number, end: number): Tensor => sliceAxis(x, axis, start, end)

const last = (x: Tensor, axis: number): number => x.shape[axis]!

const repeated = (x: Tensor, axis: number, width: number): Tensor =>
  expand(
    x,
    x.shape.map((extent, i) => (i === axis ? width : extent)),
  )

const borders: Readonly<Record<Exclude<PadMode, "constant">, Borders>> = {
  reflect: {
    widest: (extent) => Math.max(0, extent - 1),
    before: (x, axis, width) => flip(part(x, axis, 1, width + 1), axis),
    after: (x, axis, width) => flip(part(x, axis, last(x, axis) - 1 - width, last(x, axis) - 1), axis),
  },
  edge: {
    widest: (extent) => (extent === 0 ? 0 : Infinity),
    before: (x, axis, width) => repeated(part(x, axis, 0, 1), axis, width),
    after: (x, axis, width) => repeated(part(x, axis, last(x, axis) - 1, last(x, axis)), axis, width),
  },
  circular: {
    widest: (extent) => extent,
    before: (x, axis, width) => part(x, axis, last(x, axis) - width, last(x, axis)),
    after: (x, axis, width) => part(x, axis, 0, width),
  },
}

/** Borders along one axis, made of the tensor itself. Throws `InvalidAttribute` for one that is wider than the tensor can give. */
export const padAxis = (
  x: Tensor,
  axis: number,
  low: number,
  high: number,
  mode: Exclude<PadMode, "constant">,
): Tensor => {
  const { widest, before, after } = borders[mode]
  const most = widest(x.shape[axis]!)
  if (Math.max(low, high) > most)
    return raise({
      _tag: "InvalidAttribute",
      op: "pad",
      attribute: "low, high",
      rule: `axis ${axis} of ${x.shape[axis]!} has no ${mode} border of ${Math.max(low, high)}: ${most} at most`,
      remedy: 'mode: "constant" pads by any width; two pads after one another reach further',
    })
  const parts = [...(low === 0 ? [] : [before(x, axis, low)]), x, ...(high === 0 ? [] : [after(x, axis, high)])]
  return parts.length === 1 ? x : concat(parts, axis)
}
