import { expect } from "vitest"
import { constant, input, interpret, type HostArray, type Tensor } from "@diva/tensor"

/** The numbers of a tensor, computed by the CPU reference. */
export const numbersOf = (tensor: Tensor, given: ReadonlyMap<string, HostArray> = new Map()): readonly number[] =>
  Array.from((interpret(tensor, given) as HostArray).data)

/** The one number of a scalar. */
export const numberOf = (tensor: Tensor): number => numbersOf(tensor)[0]!

/** A f32 host array. */
export const f32 = (values: readonly number[], shape: readonly number[] = [values.length]): HostArray => ({
  shape,
  dtype: "f32",
  data: new Float32Array(values),
})

/** A tensor whose value is not known while describing, with a value for the interpreter. */
export const given = (path: string, values: readonly number[], shape: readonly number[] = [values.length]) => ({
  tensor: input({ shape, dtype: "f32" }, path),
  values: [path, f32(values, shape)] as const,
})

/** How many nodes with an op's name an expression has. */
export const countOf = (name: string, nodes: readonly Tensor[]): number =>
  nodes.filter(({ op }) => op.name === name).length

/** Evenly spread numbers that are no round fractions, for fixed test data. */
export const wiggle = (size: number, phase = 0): readonly number[] =>
  Array.from({ length: size }, (_, i) => Math.sin(1 + phase + 1.7 * i))

export const wiggled = (shape: readonly number[], phase = 0): Tensor =>
  constant(
    wiggle(
      shape.reduce((size, extent) => size * extent, 1),
      phase,
    ),
    shape,
  )

/** Expects numbers to agree to `digits` decimal places, one by one. */
export const expectNear = (actual: readonly number[], expected: readonly number[], digits = 5): void => {
  expect(actual).toHaveLength(expected.length)
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, digits)
}
