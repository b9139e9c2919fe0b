import { dual } from "../op/dual.ts"
import { div } from "./div.ts"
import { greater } from "./greater.ts"
import { minimum } from "./minimum.ts"
import { mul } from "./mul.ts"
import { select } from "./select.ts"
import { sub } from "./sub.ts"
import { tanh } from "./tanh.ts"

/**
 * x where it is above 0, else alpha · (e^x - 1) (alpha is 1 by default). With t = tanh(x/2), e^x - 1 = 2t / (1 - t), which loses no
 * digits near 0.  Source: Clevert et al. 2016; torch.nn.ELU.
 */
export const elu = dual("elu", (x, alpha: number = 1) => {
  // Bounded, so that the branch that is not taken has no infinite slope.
  const t = tanh(mul(minimum(x, 0), 0.5))
  return select(greater(x, 0), x, mul(div(t, sub(1, t)), 2 * alpha))
})
