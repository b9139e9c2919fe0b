import { hostZeros, type DType } from "../../src/dtype/dtype.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import type { HostArray } from "../../src/host/array.ts"
import { sizeOf, type Shape } from "../../src/shape/shape.ts"

/** A program of few numbers with the numbers it must give, by PyTorch 2.13 or by hand. */
export interface NumberCase {
  readonly name: string
  readonly given: readonly HostArray[]
  readonly build: (...inputs: readonly Tensor[]) => Tensor
  readonly gives: readonly number[]
  /** Relative error allowed; none by default. */
  readonly within?: number
  /** Whether results below 2^-126 may come out as 0. */
  readonly flushes?: boolean
}

/** Numbers of an element type, in one axis unless a shape is given. */
export const numbers = (values: readonly number[], dtype: DType = "f32", shape: Shape = [values.length]): HostArray => {
  const data = hostZeros(dtype, sizeOf(shape))
  data.set(values)
  return { shape, dtype, data }
}

/** A case of one input. */
export const of = (
  name: string,
  x: readonly number[] | HostArray,
  build: (x: Tensor) => Tensor,
  gives: readonly number[],
  within = 0,
): NumberCase => ({
  name,
  given: ["data" in x ? x : numbers(x)],
  build: (input) => build(input!),
  gives,
  within,
})

/** A case of two inputs of one length. */
export const pair = (
  name: string,
  [x, y]: readonly [readonly number[], readonly number[]],
  build: (x: Tensor, y: Tensor) => Tensor,
  gives: readonly number[],
  { within = 0, dtype = "f32" }: { readonly within?: number; readonly dtype?: DType } = {},
): NumberCase => ({
  name,
  given: [numbers(x, dtype), numbers(y, dtype)],
  build: (a, b) => build(a!, b!),
  gives,
  within,
})

const agrees = (got: number, want: number, { within = 0, flushes = false }: NumberCase): boolean =>
  got === want ||
  got === Math.fround(want) ||
  (Number.isNaN(got) && Number.isNaN(want)) ||
  Math.abs(got - want) <= within * Math.abs(want) ||
  (flushes && got === 0 && Math.abs(want) < 2 ** -126)

/** What came out instead, or `null` where all is as it must be. */
export const difference = (one: NumberCase, { data }: HostArray): string | null =>
  data.length === one.gives.length && one.gives.every((want, i) => agrees(data[i]!, want, one))
    ? null
    : `${one.name}: [${Array.from(data).join(", ")}] in place of [${one.gives.join(", ")}]`
