import type { StoredDType } from "../storedDType.ts"

const storages: Readonly<Record<string, StoredDType>> = {
  DoubleStorage: "F64",
  FloatStorage: "F32",
  HalfStorage: "F16",
  BFloat16Storage: "BF16",
  LongStorage: "I64",
  IntStorage: "I32",
  ShortStorage: "I16",
  CharStorage: "I8",
  ByteStorage: "U8",
  BoolStorage: "BOOL",
  ComplexDoubleStorage: "C128",
  ComplexFloatStorage: "C64",
}

const dtypes: Readonly<Record<string, StoredDType>> = {
  float64: "F64",
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
  int64: "I64",
  int32: "I32",
  int16: "I16",
  int8: "I8",
  uint64: "U64",
  uint32: "U32",
  uint16: "U16",
  uint8: "U8",
  bool: "BOOL",
  float8_e4m3fn: "F8_E4M3",
  float8_e5m2: "F8_E5M2",
  float8_e8m0fnu: "F8_E8M0",
  float8_e4m3fnuz: "F8_E4M3FNUZ",
  float8_e5m2fnuz: "F8_E5M2FNUZ",
  complex128: "C128",
  complex64: "C64",
  complex32: "C32",
}

const own = <A>(record: Readonly<Record<string, A>>, key: string): A | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined

/** `torch.FloatStorage`, and the same of `torch.cuda`, → F32; undefined for other names. */
export const dtypeOfStorage = (global: string): StoredDType | undefined =>
  own(storages, /^torch\.(?:cuda\.|storage\.)?(\w+)$/.exec(global)?.[1] ?? "")

/** Whether the elements' type is said by each tensor: storages of PyTorch's recent element types. */
export const isUntypedStorage = (global: string): boolean => global === "torch.storage.UntypedStorage"

/** `torch.float32` → F32; undefined for other names. */
export const dtypeOfName = (global: string): StoredDType | undefined =>
  own(dtypes, /^torch\.(\w+)$/.exec(global)?.[1] ?? "")

/** The storage class PyTorch writes for an element type; undefined for those it has none for (U16, F8_E4M3, …). */
export const storageOfDType = (dtype: StoredDType): string | undefined =>
  Object.entries(storages).find(([, stored]) => stored === dtype)?.[0]

/** `torch.` this is an element type's name; undefined for those PyTorch has not (F4, …). */
export const nameOfDType = (dtype: StoredDType): string | undefined =>
  Object.entries(dtypes).find(([, stored]) => stored === dtype)?.[0]
