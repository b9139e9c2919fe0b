import { type HostArray, type Spec, isSpec, mapTree, sizeOf } from "@diva/tensor"

/** Weights small enough for every activation to stay finite through deep models. */
const scale = 0.05

const sample = ({ shape, dtype }: Spec): HostArray => {
  const size = sizeOf(shape)
  if (dtype !== "f32") return { shape, dtype: "u32", data: new Uint32Array(size).fill(1) }
  let state = size >>> 0
  const data = new Float32Array(size)
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    data[i] = scale * (state / 2 ** 31 - 1)
  }
  return { shape, dtype, data }
}

/** Numbers for a program's arguments: small and without a pattern for f32, ones for words. */
export const sampleArguments = (specs: unknown): unknown => mapTree(specs, isSpec, sample)
