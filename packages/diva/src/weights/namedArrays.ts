import { createHash } from "node:crypto"
import { pipe } from "fp-ts/lib/function.js"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { type DType, type HostArray, type Spec, isHostArray, leavesOf } from "@diva/tensor"
import {
  isStoredFloat,
  storedArray,
  toInt32,
  type StoredDType,
  type StoredTensor,
  type TensorToWrite,
  type WeightsError,
} from "@diva/models"
import { toFloat16, toFloat32 } from "@diva/models"

/** Host tensors by their checkpoint names. */
export type NamedArrays = ReadonlyMap<string, HostArray>

const storedDTypes: Readonly<Record<DType, StoredDType>> = {
  f32: "F32",
  f16: "F16",
  i32: "I32",
  u32: "U32",
  bool: "U32",
}

export const bytesOf = ({ data }: HostArray): Uint8Array<ArrayBuffer> =>
  new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)

/** The leaves of a tree of host tensors under their paths. */
export const namedArrays = (tree: unknown, prefix = ""): NamedArrays =>
  new Map(leavesOf(tree, isHostArray).map(({ path, leaf }) => [prefix + path, leaf]))

/** Entries in the order of their names. */
export const byName = <A>(arrays: ReadonlyMap<string, A>): readonly (readonly [string, A])[] =>
  [...arrays].toSorted(([a], [b]) => (a < b ? -1 : 1))

/** What a safetensors writer needs for a tensor whose bytes can be had. */
export const tensorToWrite = (name: string, { shape, dtype }: Spec, bytes: TensorToWrite["bytes"]): TensorToWrite => ({
  name,
  dtype: storedDTypes[dtype],
  shape,
  bytes,
})

/** What a safetensors writer needs for each tensor, names sorted. */
export const toWrite = (arrays: NamedArrays): readonly TensorToWrite[] =>
  byName(arrays).map(([name, array]) => tensorToWrite(name, array, () => bytesOf(array)))

const described =
  (dtype: DType, { shape }: StoredTensor) =>
  (data: HostArray["data"]): HostArray => ({ shape, dtype, data })

/** A stored tensor as this library computes with it: floats stay f16 or widen to f32, whole numbers become i32 or u32. */
export const hostArrayOf = (tensor: StoredTensor): Either<WeightsError, HostArray> => {
  if (tensor.dtype === "F16") return pipe(toFloat16(tensor), E.map(described("f16", tensor)))
  if (tensor.dtype === "U32") return E.right(described("u32", tensor)(storedArray(tensor) as Uint32Array))
  return isStoredFloat(tensor.dtype)
    ? pipe(toFloat32(tensor), E.map(described("f32", tensor)))
    : pipe(toInt32(tensor), E.map(described("i32", tensor)))
}

/** What a content hash takes of a tensor before its bytes. */
export const hashHeader = (name: string, { shape, dtype }: Spec): string =>
  `${JSON.stringify([name, storedDTypes[dtype], shape])}\n`

/** SHA-256 over names, element types, shapes and bytes in the order of names: equal exactly when the tensors are. */
export const contentHash = (arrays: NamedArrays): string => {
  const hash = createHash("sha256")
  for (const [name, array] of byName(arrays)) hash.update(hashHeader(name, array)).update(bytesOf(array))
  return hash.digest("hex")
}
