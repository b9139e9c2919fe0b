import type { Tensor } from "../graph.ts"
import { abs } from "./abs.ts"
import { add } from "./add.ts"
import { exp } from "./exp.ts"
import { log } from "./log.ts"
import { neg } from "./neg.ts"
import { relu } from "./relu.ts"
import { customPullback } from "./customPullback.ts"
import { logistic } from "./logistic.ts"
import { mul } from "./mul.ts"

/**
 * softplus(x) = log(1 + e^x), a smooth relu: max(x, 0) + log(1 + e^-|x|), which overflows for no x. Its slope is logistic(x), also at 0.
 */
export const softplus = (x: Tensor): Tensor => {
  const value = add(relu(x), log(add(exp(neg(abs(x))), 1)))
  return customPullback(value, [x], ({ inputs: [, at], cotangent }) => [mul(cotangent, logistic(at!))])
}
