import type { Tensor } from "../graph/tensor.ts"
import { add } from "./add.ts"
import { customPullback } from "./customPullback.ts"
import { erf } from "./erf.ts"
import { exp } from "./exp.ts"
import { logistic } from "./logistic.ts"
import { mul } from "./mul.ts"
import { tanh } from "./tanh.ts"

/** 1 + erf(x / √2) = 2·Φ(x). */
const twicePhi = (x: Tensor): Tensor => add(erf(mul(x, Math.SQRT1_2)), 1)

/** Φ(x) + x·φ(x), φ(x) = e^(−x²/2) / √2π. */
const geluSlope = (x: Tensor): Tensor =>
  add(mul(twicePhi(x), 0.5), mul(mul(x, 1 / Math.sqrt(2 * Math.PI)), exp(mul(mul(x, x), -0.5))))

/**
 * gelu(x) = x · Φ(x) = x/2 · (1 + erf(x / √2)), exact (Hendrycks and Gimpel 2016). Its slope is given whole, so that reverse
 * mode reads a cotangent once: one that is computed on the way needs no buffer.
 */
export const gelu = (x: Tensor): Tensor =>
  customPullback(mul(mul(x, 0.5), twicePhi(x)), [x], ({ inputs: [, at], cotangent }) => [
    mul(cotangent, geluSlope(at!)),
  ])

/** geluTanh(x) = x/2 · (1 + tanh(√(2/π)·(x + 0.044715·x³))), the approximation that some towers were trained with. */
export const geluTanh = (x: Tensor): Tensor => {
  const cubic = mul(x, add(mul(mul(x, x), 0.044715), 1))
  return mul(mul(x, 0.5), add(tanh(mul(cubic, Math.sqrt(2 / Math.PI))), 1))
}

/** quickGelu(x) = x · logistic(1.702·x), the activation of OpenAI's CLIP. */
export const quickGelu = (x: Tensor): Tensor => mul(x, logistic(mul(x, 1.702)))
