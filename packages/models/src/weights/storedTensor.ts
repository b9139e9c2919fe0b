import { Float16 } from "@diva/tensor"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { bfloat16FromFloat32, float16FromFloat32, float32FromBfloat16 } from "./halfFloat.ts"
import { isStoredWhole, type StoredDType } from "./storedDType.ts"
import type { WeightsError } from "./weightsError.ts"

/** One tensor as a file holds it: little-endian, C-contiguous `bytes`. */
export interface StoredTensor {
  readonly file: string
  readonly name: string
  readonly dtype: StoredDType
  readonly shape: readonly number[]
  readonly bytes: Uint8Array<ArrayBuffer>
}

/**
 * A typed array over stored elements. BF16 appears as its bits in a Uint16Array, BOOL as 0 or 1 in a Uint8Array; floats of 8
 * bits and less, and complex numbers, as their bytes.
 */
export type StoredArray =
  | Float64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float16Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>

const arrays = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Float16,
  BF16: Uint16Array,
  I64: BigInt64Array,
  I32: Int32Array,
  I16: Int16Array,
  I8: Int8Array,
  U64: BigUint64Array,
  U32: Uint32Array,
  U16: Uint16Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
  F8_E4M3: Uint8Array,
  F8_E5M2: Uint8Array,
  F8_E8M0: Uint8Array,
  F8_E4M3FNUZ: Uint8Array,
  F8_E5M2FNUZ: Uint8Array,
  F6_E2M3: Uint8Array,
  F6_E3M2: Uint8Array,
  F4: Uint8Array,
  C128: Uint8Array,
  C64: Uint8Array,
  C32: Uint8Array,
} as const

/** The elements in their own type: a view of the bytes where they are aligned, else a copy. */
export const storedArray = ({ dtype, bytes }: StoredTensor): StoredArray => {
  const ArrayType = arrays[dtype]
  const aligned = bytes.byteOffset % ArrayType.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice()
  return new ArrayType(aligned.buffer, aligned.byteOffset, aligned.byteLength / ArrayType.BYTES_PER_ELEMENT)
}

const notConvertible = (tensor: StoredTensor, wanted: string, rule: string): WeightsError => ({
  _tag: "NotConvertible",
  file: tensor.file,
  key: tensor.name,
  rule,
  remedy: `read it as it is stored (${tensor.dtype}) instead of as ${wanted}, or correct the file`,
})

/**
 * The elements as f32. F32 is a view, F16 and BF16 widen exactly, F64 rounds to nearest even.
 * Errors: `NotConvertible` for all other types.
 */
export const toFloat32 = (tensor: StoredTensor): Either<WeightsError, Float32Array<ArrayBuffer>> => {
  const stored = storedArray(tensor)
  if (tensor.dtype === "BF16") return E.right(float32FromBfloat16(stored as Uint16Array))
  if (stored instanceof Float32Array) return E.right(stored)
  if (stored instanceof Float16 || stored instanceof Float64Array) return E.right(new Float32Array(stored))
  const rule = isStoredWhole(tensor.dtype)
    ? `${tensor.dtype} holds whole numbers, not floats`
    : `${tensor.dtype} is read and written as it is, but cannot be computed with`
  return E.left(notConvertible(tensor, "f32", rule))
}

/**
 * The elements as f16, ready for f16 storage on a device. F16 is a view; other floats round to nearest even.
 * Errors: `NotConvertible` for all other types.
 */
export const toFloat16 = (tensor: StoredTensor): Either<WeightsError, Float16Array<ArrayBuffer>> => {
  const stored = storedArray(tensor)
  if (stored instanceof Float16) return E.right(stored)
  // F64 goes straight to f16: through f32 it would be rounded twice.
  if (stored instanceof Float64Array) return E.right(new Float16(stored))
  return E.map(float16FromFloat32)(toFloat32(tensor))
}

const viewBytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
  new Uint8Array(buffer, byteOffset, byteLength)

/** The bytes of f32 numbers in a float type, rounded to nearest even where it is narrower. */
export const floatBytes = (values: Float32Array<ArrayBuffer>, dtype: StoredDType): Uint8Array<ArrayBuffer> => {
  if (dtype === "F16") return viewBytes(float16FromFloat32(values))
  if (dtype === "BF16") return viewBytes(bfloat16FromFloat32(values))
  return viewBytes(dtype === "F64" ? new Float64Array(values) : values)
}

const narrowed = (
  tensor: StoredTensor,
  stored: BigInt64Array | BigUint64Array | Uint32Array,
): Either<WeightsError, Int32Array<ArrayBuffer>> => {
  const whole = new Int32Array(stored.length)
  for (let i = 0; i < stored.length; i++) {
    const value = Number(stored[i])
    if (value !== (value | 0)) return E.left(notConvertible(tensor, "i32", `element ${i} is ${value}, outside 32 bits`))
    whole[i] = value
  }
  return E.right(whole)
}

/**
 * The elements as i32, from any integer type or BOOL (0 and 1).
 * Errors: `NotConvertible` for float and complex tensors, and for an I64, U64 or U32 element outside −2³¹ … 2³¹−1.
 */
export const toInt32 = (tensor: StoredTensor): Either<WeightsError, Int32Array<ArrayBuffer>> => {
  if (!isStoredWhole(tensor.dtype))
    return E.left(notConvertible(tensor, "i32", `${tensor.dtype} holds floats, not whole numbers`))
  const stored = storedArray(tensor)
  if (stored instanceof Int32Array) return E.right(stored)
  return stored instanceof BigInt64Array || stored instanceof BigUint64Array || stored instanceof Uint32Array
    ? narrowed(tensor, stored)
    : E.right(new Int32Array(stored))
}
