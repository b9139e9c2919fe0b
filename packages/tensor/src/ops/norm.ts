import { dualOptions } from "../op/dual.ts"
import { reduceAxes, type ReduceOptions } from "../op/reduction.ts"
import { abs } from "./abs.ts"
import { cast } from "./cast.ts"
import { customPullback } from "./customPullback.ts"
import { div } from "./div.ts"
import { equal } from "./equal.ts"
import { greater } from "./greater.ts"
import { mul } from "./mul.ts"
import { boundedPeak } from "./peak.ts"
import { select } from "./select.ts"
import { sqrt } from "./sqrt.ts"
import { square } from "./square.ts"
import { dropAxes, sum } from "./sum.ts"

/**
 * The Euclidean norm √Σ x² over `axis` (all by default). x: [...s] → s without the axes, or with extent 1 where `keep`. The
 * largest |x| is divided out first, so that squares neither overflow nor vanish. Gradient x / ‖x‖, 0 at the origin.
 */
export const norm = dualOptions("norm", (x, options: ReduceOptions = {}) => {
  const [wide, axes] = [cast(x, "f32"), reduceAxes("norm", x, options)]
  const over = { axis: axes, keep: true } as const
  const largest = boundedPeak(abs(wide), axes)
  const scale = select(greater(largest, 0), largest, 1)
  const value = mul(sqrt(sum(square(div(wide, scale)), over)), scale)
  const y = customPullback(value, [wide], ({ inputs: [, at], output, cotangent }) => [
    mul(cotangent, select(equal(output, 0), 0, div(at!, output))),
  ])
  return options.keep === true ? y : dropAxes(y, axes)
})
