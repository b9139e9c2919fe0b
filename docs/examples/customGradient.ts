// Rounding whose gradient passes through, as training for few bits wants it.
import { valueAndGrad } from "@diva/autograd"
import { constant, customPullback, interpret, mul, round, square, sum, type Tensor } from "@diva/tensor"

/** round(x), with the gradient of x. */
const roundThrough = (x: Tensor): Tensor => customPullback(round(x), [x], ({ cotangent }) => [cotangent])

const loss = (x: Tensor): Tensor => sum(square(mul(roundThrough(x), 2)))
const [value, gradient] = valueAndGrad(loss)(constant([0.4, 1.6, -2.3]))
console.log(interpret({ value, gradient }))
