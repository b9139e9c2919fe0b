import { dualOptions } from "../op/dual.ts"
import { reduceAxes, type ReduceOptions } from "../op/reduction.ts"
import { cast } from "./cast.ts"
import { div } from "./div.ts"
import { sum } from "./sum.ts"

/** Σ x / n over `axis` (all by default), in f32. x: [...s] → s without the axes, or with extent 1 where `keep`. */
export const mean = dualOptions("mean", (x, options: ReduceOptions = {}) => {
  const count = reduceAxes("mean", x, options).reduce((n, axis) => n * x.shape[axis]!, 1)
  return div(sum(cast(x, "f32"), options), count)
})
