import { differing } from "../shape/disagreement.ts"
import { isInteger } from "../dtype/dtype.ts"
import { raise } from "../error.ts"
import { requireTensor } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { optionsOf } from "../op/options.ts"
import { highest, lowest } from "../op/reduction.ts"
import { resolveAxis, sizeOf } from "../shape/shape.ts"
import { add } from "./add.ts"
import { cast } from "./cast.ts"
import { equal } from "./equal.ts"
import { greaterEqual } from "./greaterEqual.ts"
import { iota } from "./iota.ts"
import { less } from "./less.ts"
import { logicalAnd } from "./logicalAnd.ts"
import { max } from "./max.ts"
import { maximum } from "./maximum.ts"
import { min } from "./min.ts"
import { minimum } from "./minimum.ts"
import { mul } from "./mul.ts"
import { transpose } from "./permute.ts"
import { reshape } from "./reshape.ts"
import { scatterAdd } from "./scatterAdd.ts"
import { select } from "./select.ts"
import { sliceAxis } from "./slice.ts"
import { takeAlongAxis } from "./takeAlongAxis.ts"
import { unsqueeze } from "./unsqueeze.ts"

export interface PutOptions {
  /** The last by default. */
  readonly axis?: number
  /** What becomes of an element and the updates that meet it: the last of the updates (by default), the sum, the largest, the smallest. */
  readonly combine?: "set" | "add" | "max" | "min"
}

type Put = (x: Tensor, indices: Tensor, updates: Tensor) => Tensor

const fits = (x: Tensor, indices: Tensor, updates: Tensor, axis: number | null): axis is number =>
  axis !== null &&
  isInteger(indices.dtype) &&
  x.dtype === updates.dtype &&
  x.shape.length === indices.shape.length &&
  indices.shape.every((extent, i) => extent === updates.shape[i] && (i === axis || extent === x.shape[i]))

/** Whether update j meets element i, for all pairs: no memory, as whoever asks folds over j. */
const meetings = (x: Tensor, indices: Tensor): Tensor => {
  const pairs = [...x.shape, indices.shape.at(-1)!]
  return equal(unsqueeze(indices, -2), iota(pairs, -2))
}

const set: Put = (x, indices, updates) => {
  const pairs = [...x.shape, indices.shape.at(-1)!]
  const latest = max(select(meetings(x, indices), iota(pairs, -1), -1), { axis: -1 })
  return select(greaterEqual(latest, 0), takeAlongAxis(updates, maximum(latest, 0)), x)
}

// Halves are compared as what they are in f32.
const wide = (x: Tensor): Tensor => (x.dtype === "f16" ? cast(x, "f32") : x)

const extreme =
  (fold: typeof max, join: typeof maximum, start: typeof lowest): Put =>
  (x, indices, updates) => {
    const met = select(meetings(x, indices), unsqueeze(wide(updates), -2), start(x.dtype))
    return cast(join(wide(x), fold(met, { axis: -1 })), x.dtype)
  }

// Updates that meet nothing go to one more row, which is cut off.
const sumUp: Put = (x, indices, updates) => {
  const extent = x.shape.at(-1)!
  const lines = sizeOf(x.shape.slice(0, -1))
  const first = mul(reshape(iota([lines], 0), [...x.shape.slice(0, -1), 1]), extent)
  const inside = logicalAnd(greaterEqual(indices, 0), less(indices, extent))
  const rows = select(inside, add(indices, first), lines * extent)
  const flat = [sizeOf(indices.shape)]
  const sums = scatterAdd(reshape(cast(updates, "f32"), flat), reshape(rows, flat), lines * extent + 1)
  return add(x, cast(reshape(sliceAxis(sums, 0, 0, lines * extent), x.shape), x.dtype))
}

const puts: Readonly<Record<NonNullable<PutOptions["combine"]>, Put>> = {
  set,
  add: sumUp,
  max: extreme(max, maximum, lowest),
  min: extreme(min, minimum, highest),
}

const specOf = ({ shape, dtype }: Tensor) => ({ shape, dtype })

const refuse = (x: Tensor, indices: Tensor, updates: Tensor, axis: number): never =>
  raise({
    _tag: "ShapeMismatch",
    op: "putAlongAxis",
    operands: [
      { name: "x", shape: x.shape, dtype: x.dtype },
      {
        name: "indices",
        ...specOf(indices),
        marked: differing(indices.shape, x.shape, resolveAxis(axis, x.shape.length) ?? -1),
      },
      { name: "updates", ...specOf(updates), marked: differing(updates.shape, indices.shape) },
    ],
    rule: `indices, i32 or u32, must have x's shape but for axis ${axis}, and updates the shape of indices and x's element type`,
    remedy: "expand(unsqueeze(indices, 1), updates.shape) puts whole rows",
  })

/**
 * x with updates put in by number along an axis, y[…, indices[…, j, …], …] = updates[…, j, …]: the counterpart of `takeAlongAxis`.
 *
 * x: [...s], indices: i32|u32 of x's shape but for `axis`, updates: of the shape of indices → [...s]. Numbers outside the axis are left
 * out. Of several updates of one element the last stays; `combine` adds them up or keeps the largest or smallest, x's own among
 * them. Sums are taken in a fixed order. All but sums compare each element with each update of its line, in one pass and without
 * memory: for lines of up to a few thousand. Throws `ShapeMismatch`, `InvalidAttribute`.
 * Source: numpy.put_along_axis; torch.scatter, torch.scatter_reduce.
 */
export const putAlongAxis = (x: Tensor, indices: Tensor, updates: Tensor, options: PutOptions = {}): Tensor => {
  for (const each of [x, indices, updates]) requireTensor("putAlongAxis", each)
  const { axis = -1, combine = "set" } = optionsOf("putAlongAxis", options, ["axis", "combine"])
  const at = resolveAxis(axis, x.shape.length)
  if (!fits(x, indices, updates, at)) return refuse(x, indices, updates, axis)
  const put = Object.hasOwn(puts, combine) ? puts[combine] : undefined
  if (put === undefined)
    return raise({
      _tag: "InvalidAttribute",
      op: "putAlongAxis",
      attribute: "combine",
      rule: `there is no way to combine called ${String(combine)}`,
      remedy: `ways are ${Object.keys(puts).join(", ")}`,
    })
  if (sizeOf(updates.shape) === 0) return x
  const [line, places, values] = [x, cast(indices, "i32"), updates].map((each) => transpose(each, at, -1))
  return transpose(put(line!, places!, values!), at, -1)
}
