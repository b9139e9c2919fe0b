import { dual } from "../op/dual.ts"
import { raise } from "../error.ts"
import { resolveAxis, type Shape } from "../shape/shape.ts"
import { concat } from "./concat.ts"
import { expand } from "./expand.ts"
import { reshape } from "./reshape.ts"
import { sliceAxis } from "./slice.ts"
import { unsqueeze } from "./unsqueeze.ts"

const noAxis = (op: string, axis: number, rank: number): never =>
  raise({
    _tag: "InvalidAttribute",
    op,
    attribute: "axis",
    rule: `${axis} is not an axis of a tensor of rank ${rank}`,
    remedy: "axes count from 0, or from -1 at the end",
  })

/** Each element `count` times in a row along `axis` (the last by default).  Source: numpy.repeat. */
export const repeat = dual("repeat", (x, count: number, axis: number = -1) => {
  const at = resolveAxis(axis, x.shape.length) ?? noAxis("repeat", axis, x.shape.length)
  const apart = unsqueeze(x, at + 1)
  const wide: Shape = apart.shape.toSpliced(at + 1, 1, count)
  return reshape(expand(apart, wide), x.shape.toSpliced(at, 1, x.shape[at]! * count))
})

/** The whole tensor `count` times one after the other along `axis` (the last by default).  Source: numpy.tile. */
export const tile = dual("tile", (x, count: number, axis: number = -1) => {
  const at = resolveAxis(axis, x.shape.length) ?? noAxis("tile", axis, x.shape.length)
  const apart = unsqueeze(x, at)
  const wide: Shape = apart.shape.toSpliced(at, 1, count)
  return reshape(expand(apart, wide), x.shape.toSpliced(at, 1, x.shape[at]! * count))
})

/** Elements moved by `shift` places along `axis` (the last by default); those that leave at one end enter at the other.  Source: numpy.roll. */
export const roll = dual("roll", (x, shift: number, axis: number = -1) => {
  const at = resolveAxis(axis, x.shape.length) ?? noAxis("roll", axis, x.shape.length)
  const extent = x.shape[at]!
  const cut = extent === 0 ? 0 : ((-shift % extent) + extent) % extent
  return cut === 0 ? x : concat([sliceAxis(x, at, cut, extent), sliceAxis(x, at, 0, cut)], at)
})
