import type { Tensor } from "../graph/tensor.ts"
import { dualOptions } from "../op/dual.ts"
import { reduceAxes, type ReduceOptions } from "../op/reduction.ts"
import { mul } from "./mul.ts"
import { pad } from "./pad.ts"
import { sliceAxis } from "./slice.ts"
import { dropAxes } from "./sum.ts"

/** Pairs of halves multiplied until one element is left. */
const folded = (x: Tensor, axis: number): Tensor => {
  const extent = x.shape[axis]!
  const at = (width: number): readonly number[] => x.shape.map((_, i) => (i === axis ? width : 0))
  if (extent === 1) return x
  if (extent === 0) return pad(x, { high: at(1), value: 1 })
  const half = Math.ceil(extent / 2)
  const rest = pad(sliceAxis(x, axis, half), { high: at(2 * half - extent), value: 1 })
  return folded(mul(sliceAxis(x, axis, 0, half), rest), axis)
}

/**
 * Π x over `axis` (all by default), 1 over nothing. x: [...s] → s without the axes, or with extent 1 where `keep`. In ⌈log₂ n⌉ passes
 * over halves; the gradient needs no division: x may be 0.  Source: numpy.prod.
 */
export const product = dualOptions("product", (x, options: ReduceOptions = {}) => {
  const axes = reduceAxes("product", x, options)
  const result = axes.reduce(folded, x)
  return options.keep === true ? result : dropAxes(result, axes)
})
