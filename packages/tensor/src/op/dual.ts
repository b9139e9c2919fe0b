import { isView } from "../dtype/float16.ts"
import { raise } from "../error.ts"
import { isTensor, requireTensor } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { describeValue, remedyFor } from "../text/operand.ts"
import { isOptions } from "./options.ts"

/** A function of a tensor that reads both ways: `op(x, ...rest)` and `pipe(x, op(...rest))`. */
export interface Dual<Rest extends readonly unknown[]> {
  (x: Tensor, ...rest: Rest): Tensor
  (...rest: Rest): (x: Tensor) => Tensor
}

const refuse = (op: string, place: string, value: unknown): never =>
  raise({
    _tag: "InvalidData",
    op,
    rule: `the ${place} operand is a tensor, got ${describeValue(value)}`,
    remedy: remedyFor(value),
  })

// No option, extent, axis or name is any of these: whoever passes one means the tensor.
const isArrayOfNumbers = (value: unknown): boolean => isView(value) || (Array.isArray(value) && Array.isArray(value[0]))

/**
 * Makes `call` read both ways; which one is meant shows in whether the first argument is a tensor. Throws `InvalidData` for numbers
 * where the tensor belongs, instead of taking them for the rest.
 */
export function dual<Rest extends readonly unknown[]>(
  op: string,
  call: (x: Tensor, ...rest: Rest) => Tensor,
): Dual<Rest> {
  return ((...values: readonly unknown[]) => {
    const [first, ...rest] = values
    if (isTensor(first)) return call(first, ...(rest as unknown as Rest))
    if (isArrayOfNumbers(first)) return refuse(op, "first", first)
    return (x: Tensor) => call(requireTensor(op, x), ...(values as unknown as Rest))
  }) as Dual<Rest>
}

/** As `dual`, of a function whose rest is an object of options: anything else is refused at once. */
export function dualOptions<Options extends readonly unknown[]>(
  op: string,
  call: (x: Tensor, ...options: Options) => Tensor,
): Dual<Options> {
  const either = dual(op, call) as (...values: readonly unknown[]) => unknown
  return ((...values: readonly unknown[]) => {
    const [first] = values
    const lacksTensor = !isTensor(first) && values.length > 0 && !isOptions(first)
    return lacksTensor ? refuse(op, "first", first) : either(...values)
  }) as Dual<Options>
}

/** As `Dual`, of a function whose second argument is a tensor too. */
export interface DualPair<Rest extends readonly unknown[]> {
  (x: Tensor, y: Tensor, ...rest: Rest): Tensor
  (y: Tensor, ...rest: Rest): (x: Tensor) => Tensor
}

/**
 * Makes a function of two tensors read both ways: `op(x, y, ...rest)` and `pipe(x, op(y, ...rest))`. Throws `InvalidData` where one
 * of the two is something else.
 */
export function dualPair<Rest extends readonly unknown[]>(
  op: string,
  call: (x: Tensor, y: Tensor, ...rest: Rest) => Tensor,
): DualPair<Rest> {
  return ((...values: readonly unknown[]) => {
    const [first, second, ...rest] = values
    if (!isTensor(first)) return refuse(op, "first", first)
    if (isTensor(second)) return call(first, second, ...(rest as unknown as Rest))
    if (values.length > 1 && !isOptions(second)) return refuse(op, "second", second)
    return (x: Tensor) => call(requireTensor(op, x), first, ...(values.slice(1) as unknown as Rest))
  }) as DualPair<Rest>
}
