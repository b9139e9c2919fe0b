import { isTensor, type Tensor } from "./graph.ts"

/** A function of a tensor that reads both ways: `op(x, ...rest)` and `pipe(x, op(...rest))`. */
export interface Dual<Rest extends readonly unknown[]> {
  (x: Tensor, ...rest: Rest): Tensor
  (...rest: Rest): (x: Tensor) => Tensor
}

/** Makes `call` read both ways; which one is meant shows in whether the first argument is a tensor. */
export function dual<Rest extends readonly unknown[]>(call: (x: Tensor, ...rest: Rest) => Tensor): Dual<Rest> {
  return ((...values: readonly unknown[]) =>
    isTensor(values[0])
      ? call(values[0], ...(values.slice(1) as unknown as Rest))
      : (x: Tensor) => call(x, ...(values as unknown as Rest))) as Dual<Rest>
}

/** As `Dual`, of a function whose second argument is a tensor too. */
export interface DualPair<Rest extends readonly unknown[]> {
  (x: Tensor, y: Tensor, ...rest: Rest): Tensor
  (y: Tensor, ...rest: Rest): (x: Tensor) => Tensor
}

/** Makes a function of two tensors read both ways: `op(x, y, ...rest)` and `pipe(x, op(y, ...rest))`. */
export function dualPair<Rest extends readonly unknown[]>(
  call: (x: Tensor, y: Tensor, ...rest: Rest) => Tensor,
): DualPair<Rest> {
  return ((first: Tensor, ...values: readonly unknown[]) =>
    isTensor(values[0])
      ? call(first, values[0], ...(values.slice(1) as unknown as Rest))
      : (x: Tensor) => call(x, first, ...(values as unknown as Rest))) as DualPair<Rest>
}
