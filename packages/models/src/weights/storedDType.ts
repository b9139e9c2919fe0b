/**
 * Element types of weight files, by their safetensors names; `C128` and `C32` are PyTorch's alone. All are listed, read and
 * written as they are; what is computed with are F64 … BF16 and whole numbers.
 */
export type StoredDType =
  | "F64"
  | "F32"
  | "F16"
  | "BF16"
  | "I64"
  | "I32"
  | "I16"
  | "I8"
  | "U64"
  | "U32"
  | "U16"
  | "U8"
  | "BOOL"
  | "F8_E4M3"
  | "F8_E5M2"
  | "F8_E8M0"
  | "F8_E4M3FNUZ"
  | "F8_E5M2FNUZ"
  | "F6_E2M3"
  | "F6_E3M2"
  | "F4"
  | "C128"
  | "C64"
  | "C32"

/** Bytes of an element; several elements of 4 or 6 bits share a byte. */
const widths: Readonly<Record<StoredDType, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  F8_E4M3FNUZ: 1,
  F8_E5M2FNUZ: 1,
  F6_E2M3: 0.75,
  F6_E3M2: 0.75,
  F4: 0.5,
  C128: 16,
  C64: 8,
  C32: 4,
}

/** All element types, as names. */
export const storedDTypes: readonly string[] = Object.keys(widths)

/** Whether `name` is an element type this package reads. */
export const isStoredDType = (name: string): name is StoredDType => Object.hasOwn(widths, name)

/** Bytes of one element; ½ and ¾ where elements share bytes. */
export const storedWidth = (dtype: StoredDType): number => widths[dtype]

const floats: ReadonlySet<StoredDType> = new Set(["F64", "F32", "F16", "BF16"])

/** Whether elements are floats that can become f32 and f16. */
export const isStoredFloat = (dtype: StoredDType): boolean => floats.has(dtype)

/** Whether elements are whole numbers or booleans. */
export const isStoredWhole = (dtype: StoredDType): boolean => /^[IU]\d|^BOOL$/.test(dtype)

/** Product of the axes; 1 for a scalar. Exact up to 2^53, beyond that not a safe integer (callers check). */
export const elementCount = (shape: readonly number[]): number => shape.reduce((count, axis) => count * axis, 1)
