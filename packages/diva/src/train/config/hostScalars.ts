import type { HostArray } from "@diva/tensor"

/** A number as an f32[] program argument. */
export const scalar = (value: number): HostArray => ({ shape: [], dtype: "f32", data: Float32Array.of(value) })

/** 32-bit words as a u32 program argument: a counter (u32[]) or a key (u32[2]). */
export const words = (...values: readonly number[]): HostArray => ({
  shape: values.length === 1 ? [] : [values.length],
  dtype: "u32",
  data: Uint32Array.from(values),
})
