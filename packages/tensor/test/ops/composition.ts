import type { Tensor } from "../../src/graph/tensor.ts"
import type { Attributes, Sample } from "../../src/op/op.ts"

/** A function made of ops, with what it computes written out in plain numbers. */
export interface Composition {
  readonly name: string
  readonly inputs: Sample<Attributes>["inputs"]
  readonly build: (...inputs: readonly Tensor[]) => Tensor
  readonly reference: (...inputs: readonly (readonly number[])[]) => readonly number[]
  /** Why no finite difference is taken. */
  readonly noGradient?: string
  /** Relative to the largest element; 2e-6 by default. */
  readonly tolerance?: number
}

export const f32 = (shape: readonly number[], low = -2, high = 2) => ({ shape, dtype: "f32", low, high }) as const

export const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i)
export const total = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0)
export const average = (values: readonly number[]): number => total(values) / values.length
export const rowsOf = (x: readonly number[], width: number): readonly (readonly number[])[] =>
  range(x.length / width).map((i) => x.slice(i * width, (i + 1) * width))

export const softmaxRow = (row: readonly number[]): readonly number[] => {
  const powers = row.map((x) => Math.exp(x))
  return powers.map((power) => power / total(powers))
}

export const normalised = (row: readonly number[], eps: number): readonly number[] => {
  const centre = average(row)
  const scale = 1 / Math.sqrt(average(row.map((x) => (x - centre) ** 2)) + eps)
  return row.map((x) => (x - centre) * scale)
}

export const flipped = (m: readonly (readonly number[])[]): readonly (readonly number[])[] =>
  m[0]!.map((_, j) => m.map((row) => row[j]!))
