import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { elementCount, type StoredDType, storedWidth } from "./storedDType.ts"
import type { WeightsError } from "./weightsError.ts"

/** A tensor to be written. `bytes` is asked once, when its turn comes, so only one tensor need be in memory. */
export interface TensorToWrite {
  readonly name: string
  readonly dtype: StoredDType
  readonly shape: readonly number[]
  readonly bytes: () => Uint8Array | Promise<Uint8Array>
}

/** Bytes that the tensor's shape and type take. */
export const byteLength = ({ dtype, shape }: Pick<TensorToWrite, "dtype" | "shape">): number =>
  elementCount(shape) * storedWidth(dtype)

/** Asks for the bytes. Errors: `EntryInvalid` if they do not fill the shape. */
export const checkedBytes = async (file: string, tensor: TensorToWrite): Promise<Either<WeightsError, Uint8Array>> => {
  const bytes = await tensor.bytes()
  const needed = byteLength(tensor)
  if (bytes.byteLength === needed) return E.right(bytes)
  const rule = `${tensor.dtype} [${tensor.shape}] takes ${needed} bytes but ${bytes.byteLength} were given`
  return E.left({
    _tag: "EntryInvalid",
    file,
    key: tensor.name,
    rule,
    remedy: "give elements of the stated type and shape",
  })
}
