import type { DType } from "../dtype/dtype.ts"

/** WGSL type of an element inside an expression. f16 is widened to f32; a bool is a bool. */
export const wgslType = (dtype: DType): string => (dtype === "f16" ? "f32" : dtype)

/** WGSL type of an element in a storage buffer. Two f16 share a u32, so that no adapter needs 16-bit storage. */
export const storageType = (dtype: DType): string => (dtype === "f16" || dtype === "bool" ? "u32" : dtype)

/** Bytes of a buffer that holds `size` elements: whole 32-bit words, at least one vec4. */
export const storageBytes = (dtype: DType, size: number): number =>
  Math.max(16, dtype === "f16" ? Math.ceil(size / 2) * 4 : size * 4)
