import { dual } from "../dual.ts"
import { exp } from "./exp.ts"
import { greater } from "./greater.ts"
import { minimum } from "./minimum.ts"
import { mul } from "./mul.ts"
import { select } from "./select.ts"
import { sub } from "./sub.ts"

/** x where it is above 0, else alpha · (e^x - 1) (alpha is 1 by default).  Source: Clevert et al. 2016; torch.nn.ELU. */
export const elu = dual("elu", (x, alpha: number = 1) =>
  // Bounded before the power, so that the branch that is not taken has no infinite slope.
  select(greater(x, 0), x, mul(sub(exp(minimum(x, 0)), 1), alpha)),
)
