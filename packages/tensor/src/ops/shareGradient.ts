import type { Tensor } from "../graph/tensor.ts"
import { mul } from "./mul.ts"
import { select } from "./select.ts"
import { sub } from "./sub.ts"

/** The gradient of two compared operands: all of it to the one that won, half to each at a tie. */
export const shareGradient = (cotangent: Tensor, won: Tensor, tied: Tensor): readonly [Tensor, Tensor] => {
  const first = select(won, cotangent, select(tied, mul(cotangent, 0.5), 0))
  return [first, sub(cotangent, first)]
}
