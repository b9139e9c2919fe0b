import type { Tensor } from "../graph/tensor.ts"
import { abs } from "./abs.ts"
import { add } from "./add.ts"
import { customPullback } from "./customPullback.ts"
import { div } from "./div.ts"
import { exp } from "./exp.ts"
import { logistic } from "./logistic.ts"
import { mul } from "./mul.ts"
import { neg } from "./neg.ts"
import { relu } from "./relu.ts"
import { square } from "./square.ts"

/**
 * log(1 + u) for u in [0, 1] = 2 (z + z³/3 + z⁵/5 + …), z = u / (2 + u) ≤ ⅓: eight terms are exact to f32, also where 1 + u would
 * round u away.
 */
const logOnePlus = (u: Tensor): Tensor => {
  const z = div(u, add(u, 2))
  const z2 = square(z)
  const series = [13, 11, 9, 7, 5, 3, 1].reduce<Tensor | number>((sum, n) => add(mul(z2, sum), 1 / n), 1 / 15)
  return mul(mul(z, 2), series)
}

/**
 * softplus(x) = log(1 + e^x), a smooth relu, as max(x, 0) + log(1 + e^-|x|): it overflows for no x, and keeps its digits far
 * below 0. Its slope is logistic(x), also at 0.
 */
export const softplus = (x: Tensor): Tensor => {
  const value = add(relu(x), logOnePlus(exp(neg(abs(x)))))
  return customPullback(value, [x], ({ inputs: [, at], cotangent }) => [mul(cotangent, logistic(at!))])
}
