import type { Tensor } from "../graph/tensor.ts"
import { add } from "./add.ts"
import { customPullback } from "./customPullback.ts"
import { mean } from "./mean.ts"
import { mul } from "./mul.ts"
import { rsqrt } from "./rsqrt.ts"
import { square } from "./square.ts"
import { sub } from "./sub.ts"

/**
 * (x - μ) / √(σ² + ε) with mean and biased variance over `axes`.
 *
 * The rule of reverse mode is the closed form s·(g - mean(g) - y·mean(g·y)), two reductions of what is at hand, where
 * differentiating the expression would take four.
 */
export const normalise = (x: Tensor, axes: readonly number[], eps: number): Tensor => {
  const over = { axis: axes, keep: true }
  const centred = sub(x, mean(x, over))
  const scale = rsqrt(add(mean(square(centred), over), eps))
  return customPullback(mul(centred, scale), [x, scale], ({ inputs, output, cotangent }) => {
    const along = mul(output, mean(mul(cotangent, output), over))
    return [mul(inputs[2]!, sub(sub(cotangent, mean(cotangent, over)), along)), null]
  })
}
