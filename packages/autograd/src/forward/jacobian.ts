import { eye, raise, reshape, showSpec, sizeOf, type Tensor } from "@diva/tensor"
import { vmap } from "../batch/vmap.ts"
import { grad } from "../reverse/grad.ts"
import { isDifferentiable } from "../reverse/region.ts"
import { vjp } from "../reverse/vjp.ts"
import { linearize } from "./jvp.ts"

const requireFloating = (op: string, what: string, x: Tensor): Tensor =>
  isDifferentiable(x)
    ? x
    : raise({
        _tag: "NotDifferentiable",
        op,
        rule: `the ${what} ${showSpec(x)} is not of a floating type`,
        remedy: 'cast(x, "f32") converts',
      })

/** Every direction of a shape: [size, ...shape]. */
const directions = ({ shape, dtype }: Tensor): Tensor =>
  reshape(eye(sizeOf(shape), sizeOf(shape), 0, dtype), [sizeOf(shape), ...shape])

// One sweep of reverse mode for each output, or one of forward mode for each input: whichever are fewer.
const rowsOf = (y: Tensor, back: (cotangent: Tensor) => Tensor, x: Tensor): Tensor =>
  reshape(vmap(back)(directions(y)), [...y.shape, ...x.shape])

const columnsOf = (y: Tensor, push: (tangent: Tensor) => Tensor, x: Tensor): Tensor =>
  reshape(vmap(push, { out: -1 })(directions(x)), [...y.shape, ...x.shape])

/**
 * All derivatives of a function of a tensor, `jacobian(f)(x, ...rest)`[…i, …j] = ∂f(x)[…i] / ∂x[…j].
 *
 * f: (x: [...n], ...rest) → [...m]; the result is [...m, ...n]. Described as one sweep of reverse mode mapped over the outputs, or of forward
 * mode over the inputs, whichever are fewer: memory and work are that many times the function's. A product with it needs neither:
 * `jvp` and `vjp`. Throws `NotDifferentiable` for integers, and what `vmap` throws.  Source: jax.jacobian.
 *
 * @example
 * jacobian((x: Tensor) => mul(x, x))(constant([1, 2])) // => [2, 0, 0, 4] of [2, 2] when evaluated
 */
export const jacobian =
  <Rest extends readonly unknown[]>(f: (x: Tensor, ...rest: Rest) => Tensor) =>
  (x: Tensor, ...rest: Rest): Tensor => {
    requireFloating("jacobian", "argument", x)
    const of = (moved: Tensor): Tensor => f(moved, ...rest)
    const [y, push] = linearize(of)(x)
    requireFloating("jacobian", "result", y)
    if (sizeOf(x.shape) < sizeOf(y.shape)) return columnsOf(y, push, x)
    const [, back] = vjp(of)(x)
    return rowsOf(y, (cotangent) => back(cotangent)[0], x)
  }

/**
 * All second derivatives of a scalar function of a tensor, `hessian(f)(x, ...rest)`[…i, …j] = ∂²f / ∂x[…i] ∂x[…j]: [...n, ...n]. Forward over
 * reverse mode, mapped over the elements of x. A product with it is `hvp`, which also takes trees. Throws what `jacobian` and `grad`
 * throw.  Source: jax.hessian.
 *
 * @example
 * hessian((x: Tensor) => sum(mul(mul(x, x), x)))(constant([1, 2])) // => [6, 0, 0, 12] of [2, 2] when evaluated
 */
export const hessian =
  <Rest extends readonly unknown[]>(f: (x: Tensor, ...rest: Rest) => Tensor) =>
  (x: Tensor, ...rest: Rest): Tensor => {
    requireFloating("hessian", "argument", x)
    const [gradient, push] = linearize((moved: Tensor) => grad(f)(moved, ...rest))(x)
    return columnsOf(gradient, push, x)
  }
