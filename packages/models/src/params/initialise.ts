import { sizeOf, type HostArray } from "@diva/tensor"
import type { Parameter } from "./parameter.ts"
import { normalStream } from "./normalStream.ts"

const firstValues = ({ name, shape, initial }: Parameter, seed: number): Float32Array => {
  const data = new Float32Array(sizeOf(shape))
  if (initial.kind === "constant") return data.fill(initial.value)
  const next = normalStream(seed, name)
  for (let i = 0; i < data.length; i++) data[i] = next() * initial.deviation
  return data
}

/**
 * First values of a fresh model: matrices normal with a deviation of about 1/√fan-in, norm gains 1, biases 0.
 * Each parameter depends on the seed and its own name only, so a model with one more block keeps the others' values.
 */
export const initialise = (parameters: readonly Parameter[], seed: number): Readonly<Record<string, HostArray>> =>
  Object.fromEntries(
    parameters.map((declared) => [
      declared.name,
      { shape: declared.shape, dtype: "f32", data: firstValues(declared, seed) } satisfies HostArray,
    ]),
  )
