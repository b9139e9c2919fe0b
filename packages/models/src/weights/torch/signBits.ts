import type { SignBit } from "../pickle/pickleValue.ts"
import type { StoredDType } from "../storedDType.ts"

/** Real numbers of an element, as types of their own; undefined for whole numbers and for floats of 8 bits. */
const realOf: Readonly<Partial<Record<StoredDType, { readonly width: number; readonly parts: 1 | 2 }>>> = {
  F64: { width: 8, parts: 1 },
  F32: { width: 4, parts: 1 },
  F16: { width: 2, parts: 1 },
  BF16: { width: 2, parts: 1 },
  C128: { width: 8, parts: 2 },
  C64: { width: 4, parts: 2 },
  C32: { width: 2, parts: 2 },
}

/** Whether a view of elements of a type may carry these bits. */
export const canCarry = (dtype: StoredDType, signs: readonly SignBit[]): boolean =>
  signs.length === 0 || realOf[dtype] !== undefined

/** The sign of a number is the highest bit of its last byte. */
const turnFrom = (bytes: Uint8Array, first: number, step: number): void => {
  for (let at = first; at < bytes.byteLength; at += step) bytes[at] = (bytes[at] as number) ^ 0x80
}

/** Turns the signs that a view's bits ask for, in place: of all numbers (neg), of imaginary parts (conj). */
export const turnSigns = (
  dtype: StoredDType,
  signs: readonly SignBit[],
  bytes: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> => {
  const { width, parts } = realOf[dtype] ?? { width: 1, parts: 1 }
  if (signs.includes("neg")) turnFrom(bytes, width - 1, width)
  if (signs.includes("conj") && parts === 2) turnFrom(bytes, 2 * width - 1, 2 * width)
  return bytes
}
