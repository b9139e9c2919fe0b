import { isFloating, type HostData } from "../../src/dtype/dtype.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import { interpret } from "../../src/graph/interpret.ts"
import { hostKey } from "../../src/key/hostKey.ts"
import type { HostArray } from "../../src/host/array.ts"
import { input } from "../../src/ops/input.ts"
import { mul } from "../../src/ops/mul.ts"
import { sum } from "../../src/ops/sum.ts"
import { cast } from "../../src/ops/cast.ts"
import { gradients } from "./reverse.ts"
import { randomArray } from "./samples.ts"

/** What a finite difference and reverse mode say about the same directional derivative. */
export interface Slope {
  readonly difference: number
  readonly reverse: number
  /** Size of the terms that were added up, against which rounding is judged. */
  readonly scale: number
}

const f64 = { precision: "f64" } as const
const step = 1e-4

const directionOf = (value: HostArray, seed: number): HostArray =>
  randomArray({ ...value, dtype: "f32", low: -1, high: 1 }, hostKey(seed))

// Moved arguments live in f64: in f32 the step itself would be rounded.
const moved = (value: HostArray, direction: HostArray, by: number): HostArray =>
  isFloating(value.dtype)
    ? { ...value, data: Float64Array.from(value.data, (x, i) => x + by * direction.data[i]!) as unknown as HostData }
    : value

const inner = (a: HostArray, b: HostArray): number =>
  Array.prototype.reduce.call(a.data, (total, x, i) => (total as number) + (x as number) * b.data[i]!, 0) as number

const size = (a: HostArray, b: HostArray): number =>
  Array.prototype.reduce.call(
    a.data,
    (total, x, i) => (total as number) + Math.abs((x as number) * b.data[i]!),
    0,
  ) as number

/** A scalar that depends on every element of `y`: Σ y·c with fixed random c. */
export const weighed = (
  y: Tensor,
  seed: number,
): { readonly scalar: Tensor; readonly given: readonly [string, HostArray] } => {
  const path = `weight${seed}`
  const weights = randomArray({ shape: y.shape, dtype: "f32", low: -1, high: 1 }, hostKey(seed))
  return { scalar: sum(mul(cast(y, "f32"), input({ shape: y.shape, dtype: "f32" }, path))), given: [path, weights] }
}

/** Compares the derivative of `scalar` along one random direction of all floating `leaves`. */
export const slopeOf = (
  scalar: Tensor,
  leaves: readonly Tensor[],
  values: readonly HostArray[],
  extra: readonly (readonly [string, HostArray])[],
): Slope => {
  const paths = leaves.map(({ attributes }) => attributes["path"] as string)
  const directions = values.map((value, i) => directionOf(value, 1000 + i))
  const at = (by: number): number => {
    const given = new Map([
      ...extra,
      ...values.map((value, i) => [paths[i]!, moved(value, directions[i]!, by)] as const),
    ])
    return interpret(scalar, given, f64).data[0]!
  }
  const floating = leaves.flatMap((leaf, i) => (isFloating(leaf.dtype) ? [i] : []))
  const given = new Map([...extra, ...values.map((value, i) => [paths[i]!, value] as const)])
  const wrt = floating.map((i) => leaves[i]!)
  const parts = interpret(gradients(scalar, wrt), given, f64) as unknown as readonly HostArray[]
  return {
    difference: (at(step) - at(-step)) / (2 * step),
    reverse: parts.reduce((total, part, k) => total + inner(part, directions[floating[k]!]!), 0),
    scale: parts.reduce((total, part, k) => total + size(part, directions[floating[k]!]!), 0),
  }
}

/** A finite difference in f64 is good to about 1e-7 of the sum of its terms. */
export const agree = ({ difference, reverse, scale }: Slope): boolean =>
  Math.abs(difference - reverse) <= 2e-6 * Math.max(scale, 1e-3)
