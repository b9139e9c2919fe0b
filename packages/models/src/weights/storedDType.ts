/** Element types of weight files, by their safetensors names. */
export type StoredDType = "F64" | "F32" | "F16" | "BF16" | "I64" | "I32" | "I16" | "I8" | "U32" | "U16" | "U8" | "BOOL"

const widths: Readonly<Record<StoredDType, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
}

/** All element types, as names. */
export const storedDTypes: readonly string[] = Object.keys(widths)

/** Whether `name` is an element type this package reads. */
export const isStoredDType = (name: string): name is StoredDType => Object.hasOwn(widths, name)

/** Bytes of one element. */
export const storedWidth = (dtype: StoredDType): number => widths[dtype]

/** Product of the axes; 1 for a scalar. Exact up to 2^53, beyond that not a safe integer (callers check). */
export const elementCount = (shape: readonly number[]): number => shape.reduce((count, axis) => count * axis, 1)
