import type { Tensor } from "@diva/tensor"
import { grad } from "../reverse/grad.ts"
import { jvp } from "./jvp.ts"

/**
 * The Hessian of a scalar function times a direction, without the Hessian: `hvp(f)(params, direction, ...rest)` = ∂²f/∂params² · direction,
 * forward mode over reverse mode.
 *
 * f: (params tree, ...rest) → f32[]; direction and result are trees like `params`. Costs a few times what the gradient does.
 * Throws what `grad` and `jvp` throw.  Source: Pearlmutter 1994.
 *
 * @example
 * hvp((x: Tensor) => sum(mul(mul(x, x), x)))(constant([1, 2]), constant([1, 1])) // => [6, 12] when evaluated
 */
export const hvp =
  <P, Rest extends readonly unknown[]>(f: (params: P, ...rest: Rest) => Tensor) =>
  (params: P, direction: P, ...rest: Rest): P =>
    jvp((moved: P) => grad(f)(moved, ...rest))([params], [direction])[1]
