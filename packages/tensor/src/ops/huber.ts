import { dualPair } from "../op/dual.ts"
import { abs } from "./abs.ts"
import { mean } from "./mean.ts"
import { minimum } from "./minimum.ts"
import { mul } from "./mul.ts"
import { sub } from "./sub.ts"

/**
 * Mean of ½ d² where |d| = |x - y| is at most `delta` (1 by default), of delta · (|d| - ½ delta) beyond, a scalar. As one
 * expression: m (|d| - ½ m) with m = min(|d|, delta).  Source: Huber 1964; torch.nn.HuberLoss.
 */
export const huber = dualPair("huber", (x, y, delta: number = 1) => {
  const distance = abs(sub(x, y))
  const near = minimum(distance, delta)
  return mean(mul(near, sub(distance, mul(near, 0.5))))
})
