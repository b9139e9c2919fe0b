import { isTensor, ones, raise, showSpec, type Tensor } from "@diva/tensor"
import { sweep } from "./sweep.ts"
import { refill, variablesOf } from "./variables.ts"

/** A loss with something to report beside it. */
export type WithAux<Aux> = readonly [loss: Tensor, aux: Aux]

/** Options of `valueAndGrad`. */
export interface AuxOption {
  /** `f` returns `[loss, aux]`; `aux` (any tree of tensors) is handed through undifferentiated. */
  readonly aux: true
}

/** What differentiating adds to a function: its value and the gradient by its first argument. */
export interface ValueAndGrad {
  <P, Rest extends readonly unknown[], Aux>(
    f: (params: P, ...rest: Rest) => WithAux<Aux>,
    options: AuxOption,
  ): (params: P, ...rest: Rest) => readonly [value: WithAux<Aux>, gradient: P]
  <P, Rest extends readonly unknown[]>(
    f: (params: P, ...rest: Rest) => Tensor,
  ): (params: P, ...rest: Rest) => readonly [value: Tensor, gradient: P]
}

const requireScalar = (value: unknown): Tensor => {
  if (!isTensor(value))
    return raise({
      _tag: "InvalidData",
      op: "valueAndGrad",
      rule: "the function must return a tensor",
      remedy: "return the loss, or pass { aux: true } and return [loss, aux]",
    })
  return value.dtype === "f32" && value.shape.length === 0
    ? value
    : raise({
        _tag: "ShapeMismatch",
        op: "valueAndGrad",
        operands: [{ name: "loss", shape: value.shape, dtype: value.dtype }],
        rule: `the loss must be f32[], got ${showSpec(value)}`,
        remedy: "mean(loss) or sum(loss) makes a scalar; vjp(f) takes outputs of any shape",
      })
}

const differentiate = <P, Rest extends readonly unknown[], Value>(
  f: (params: P, ...rest: Rest) => Value,
  lossOf: (value: Value) => unknown,
  params: P,
  rest: Rest,
): readonly [Value, P] => {
  const { tree, leaves } = variablesOf("valueAndGrad", params)
  const value = f(tree, ...rest)
  const output = requireScalar(lossOf(value))
  return [value, refill(params, sweep([{ output, cotangent: ones([]) }], leaves))]
}

/**
 * The value of a loss and its gradient: `valueAndGrad(f)(params, ...rest)` = [f(params, ...rest), ∂f/∂params].
 *
 * f: (params tree, ...rest) → f32[]; the gradient tree has the structure, shapes and element types of `params`, with
 * zeros where no path leads. With `{ aux: true }`, f returns [loss, aux] and so does the result's first entry. The
 * result is ordinary graph: it fuses with the forward pass and differentiates again. Throws `ShapeMismatch` for a loss
 * that is not f32[], `NotDifferentiable` for integer leaves of `params` and for ops without a derivative on a needed path.
 *
 * @example
 * valueAndGrad((x: Tensor) => sum(mul(x, x)))(constant([1, 2])) // => [5, [2, 4]] when evaluated
 */
export const valueAndGrad: ValueAndGrad = (
  f: (params: never, ...rest: never) => unknown,
  options?: AuxOption,
): ((params: unknown, ...rest: readonly unknown[]) => never) => {
  const call = f as (params: unknown, ...rest: readonly unknown[]) => unknown
  const lossOf = (value: unknown): unknown => (options?.aux === true ? (value as WithAux<unknown>)[0] : value)
  return (params, ...rest) => differentiate(call, lossOf, params, rest) as never
}

/** The gradient alone: `grad(f)(params, ...rest)` = ∂f/∂params; see `valueAndGrad`. */
export const grad =
  <P, Rest extends readonly unknown[]>(f: (params: P, ...rest: Rest) => Tensor): ((params: P, ...rest: Rest) => P) =>
  (params, ...rest) =>
    valueAndGrad(f)(params, ...rest)[1]
