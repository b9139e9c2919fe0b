import { dualOptions } from "../op/dual.ts"
import { optionsOf } from "../op/options.ts"
import type { Tensor } from "../graph/tensor.ts"
import { add } from "./add.ts"
import { cast } from "./cast.ts"
import { mean } from "./mean.ts"
import { mul } from "./mul.ts"
import { rsqrt } from "./rsqrt.ts"
import { square } from "./square.ts"

/** `gain`: [width] multiplies each element; `eps` keeps a row of zeros finite (1e-6). */
export interface RmsNormOptions {
  readonly gain?: Tensor
  readonly eps?: number
}

/**
 * x / √(mean of x² over the last axis + eps) · gain.  x: [..., width] → [..., width].
 * Source: Zhang & Sennrich 2019; torch.nn.RMSNorm.
 */
export const rmsNorm = dualOptions("rmsNorm", (x, options: RmsNormOptions = {}) => {
  const { gain, eps = 1e-6 } = optionsOf("rmsNorm", options, ["gain", "eps"])
  const wide = cast(x, "f32")
  const scaled = mul(wide, rsqrt(add(mean(square(wide), { axis: -1, keep: true }), eps)))
  return gain === undefined ? scaled : mul(scaled, cast(gain, "f32"))
})
