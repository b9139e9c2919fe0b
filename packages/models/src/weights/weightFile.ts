import type { Task } from "fp-ts/lib/Task.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import type { StoredDType } from "./storedDType.ts"
import type { StoredTensor } from "./storedTensor.ts"
import type { WeightsError } from "./weightsError.ts"

/** How a file of weights is packed. */
export type WeightFormat =
  | "safetensors"
  | "safetensors in shards"
  | "PyTorch zip"
  | "PyTorch zip in shards"
  | "PyTorch legacy"
  | "TorchScript"
  | "diffusers folder"

/** What a file says of a tensor before its elements are read. */
export interface TensorSpec {
  readonly name: string
  readonly dtype: StoredDType
  readonly shape: readonly number[]
}

/** Open weights of any format: names and shapes at once, elements one tensor at a time. */
export interface WeightFile {
  /** The file, or the folder of a model in several files. */
  readonly file: string
  readonly format: WeightFormat
  readonly metadata: Readonly<Record<string, string>>
  readonly entries: ReadonlyMap<string, TensorSpec>
  /** What the file holds besides the tensors of `entries`, in words: for people, in no stable form. */
  readonly remarks: readonly string[]
  /** Reads one tensor, C-contiguous and little-endian. Errors: `TensorMissing`, `FileUnreadable`, `ArchiveInvalid`. */
  readonly read: (name: string) => TaskEither<WeightsError, StoredTensor>
  readonly close: Task<void>
}

/** The error of a name that a file does not hold. */
export const tensorMissing = (file: string, key: string): WeightsError => ({
  _tag: "TensorMissing",
  file,
  key,
  rule: "the file holds no tensor with this name",
  remedy:
    "look at the names in `entries`; a checkpoint of another model, or a prefix before each name, is the usual cause",
})
