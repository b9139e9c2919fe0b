import * as E from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import { writeSafetensors } from "./safetensorsWriter.ts"
import { floatBytes, type StoredTensor, toFloat16, toFloat32 } from "./storedTensor.ts"
import type { TensorToWrite } from "./tensorToWrite.ts"
import { writeTorch } from "./torch/torchWriter.ts"
import type { WeightFile } from "./weightFile.ts"
import type { WeightsError } from "./weightsError.ts"

/** Element types that floats can be written in. */
export type FloatType = "F32" | "F16" | "BF16"

/** Containers that can be written. */
export type WritableFormat = "safetensors" | "PyTorch zip"

const endings: Readonly<Record<string, WritableFormat>> = {
  ".safetensors": "safetensors",
  ".pth": "PyTorch zip",
  ".pt": "PyTorch zip",
  ".bin": "PyTorch zip",
}

/** The container a file's ending asks for; undefined for other endings. */
export const formatOfEnding = (file: string): WritableFormat | undefined =>
  Object.entries(endings).find(([ending]) => file.endsWith(ending))?.[1]

const floats: ReadonlySet<string> = new Set(["F64", "F32", "F16", "BF16"])

const toType = (tensor: StoredTensor, type: FloatType | undefined): E.Either<WeightsError, Uint8Array> => {
  if (type === undefined || tensor.dtype === type) return E.right(tensor.bytes)
  // F64 goes straight to f16: through f32 it would be rounded twice.
  if (type === "F16")
    return E.map((half: Float16Array<ArrayBuffer>) => new Uint8Array(half.buffer, half.byteOffset, half.byteLength))(
      toFloat16(tensor),
    )
  return E.map((wide: Float32Array<ArrayBuffer>) => floatBytes(wide, type))(toFloat32(tensor))
}

export interface ConvertOptions {
  /** Type to write floats in; integers and booleans stay. Default: as they are. */
  readonly floats?: FloatType
  /**
   * Text to keep beside the tensors, where the container has a place for it (safetensors). Default: the file's own, and
   * "format": "pt", without which transformers refuses a file.
   */
  readonly metadata?: Readonly<Record<string, string>>
}

/** Keeps the first error of a read, which the writer's contract has no place for. */
interface Failed {
  error: WeightsError | undefined
}

const tensorToWrite = (file: WeightFile, name: string, type: FloatType | undefined, failed: Failed): TensorToWrite => {
  const spec = file.entries.get(name) as { readonly dtype: TensorToWrite["dtype"]; readonly shape: readonly number[] }
  const target = type !== undefined && floats.has(spec.dtype) ? type : undefined
  return {
    name,
    dtype: target ?? spec.dtype,
    shape: spec.shape,
    bytes: async () => {
      const tensor = await file.read(name)()
      const bytes = E.chain((stored: StoredTensor) => toType(stored, target))(tensor)
      if (E.isRight(bytes)) return bytes.right
      failed.error ??= bytes.left
      return new Uint8Array(0)
    },
  }
}

/**
 * Writes open weights into a file of another container or element type, tensor by tensor, all or nothing: names and
 * order of safetensors are the file's own, so what read the original reads the copy. Gives the new file's size.
 * Errors: those of reading `file` and of `writeSafetensors` and `writeTorch`.
 */
export const convertWeights = (
  file: WeightFile,
  to: string,
  format: WritableFormat,
  { floats: type, metadata = { format: "pt", ...file.metadata } }: ConvertOptions = {},
): TaskEither<WeightsError, number> => {
  const failed: Failed = { error: undefined }
  const tensors = [...file.entries.keys()].map((name) => tensorToWrite(file, name, type, failed))
  return pipe(
    format === "safetensors" ? writeSafetensors(to, tensors, metadata) : writeTorch(to, tensors),
    TE.mapLeft((error) => failed.error ?? error),
  )
}
