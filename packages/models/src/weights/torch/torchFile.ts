import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import type { Task } from "fp-ts/lib/Task.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import type { PickleValue, StorageRef, TensorRef } from "../pickle/pickleValue.ts"
import { storedWidth } from "../storedDType.ts"
import { tensorMissing, type TensorSpec, type WeightFile, type WeightFormat } from "../weightFile.ts"
import type { WeightsError } from "../weightsError.ts"
import { canCarry, turnSigns } from "./signBits.ts"
import { stateDictOf, type StateDict, type Undecided } from "./stateDict.ts"
import { extentOf, inOrder, layoutProblem, swapElements } from "./tensorLayout.ts"

/** Where a PyTorch file keeps its storages. */
export interface Storages {
  readonly file: string
  readonly format: WeightFormat
  readonly metadata: Readonly<Record<string, string>>
  /** Bytes of a storage that are there; undefined for one that is not. */
  readonly bytesOf: (storage: StorageRef) => number | undefined
  /** Bytes [from, from + length) of a storage. */
  readonly read: (
    storage: StorageRef,
    from: number,
    length: number,
  ) => TaskEither<WeightsError, Uint8Array<ArrayBuffer>>
  readonly isBigEndian: boolean
  readonly close: Task<void>
}

const problemOf = (storages: Storages, tensor: TensorRef): string | undefined => {
  const bytes = storages.bytesOf(tensor.storage)
  if (bytes === undefined) return `its storage ${tensor.storage.key} is not in the file`
  if (!canCarry(tensor.dtype, tensor.signs))
    return `it is a view with the bit ${tensor.signs.join(" and ")} of ${tensor.dtype} elements, which this package cannot read`
  const width = storedWidth(tensor.dtype)
  const claimed = tensor.storage.dtype === undefined ? Math.floor(tensor.storage.count / width) : tensor.storage.count
  if (tensor.storage.begin + claimed > bytes / width)
    return `its storage claims ${claimed} elements but there are ${bytes} bytes`
  return layoutProblem(tensor, claimed)
}

const entryInvalid = (file: string, key: string, rule: string): WeightsError => ({
  _tag: "EntryInvalid",
  file,
  key,
  rule,
  remedy: "fetch the file again and compare its size and checksum with the source's",
})

const checkTensors = (
  storages: Storages,
  tensors: ReadonlyMap<string, TensorRef>,
): Either<WeightsError, ReadonlyMap<string, TensorSpec>> => {
  const entries = new Map<string, TensorSpec>()
  for (const [name, tensor] of tensors) {
    const rule = problemOf(storages, tensor)
    if (rule !== undefined) return E.left(entryInvalid(storages.file, name, rule))
    entries.set(name, { name, dtype: tensor.dtype, shape: tensor.shape })
  }
  return E.right(entries)
}

const readTensor = (storages: Storages, tensor: TensorRef): TaskEither<WeightsError, Uint8Array<ArrayBuffer>> => {
  const extent = extentOf(tensor)
  if (extent === undefined) return TE.right(new Uint8Array(0))
  const width = storedWidth(tensor.dtype)
  const { storage } = tensor
  return pipe(
    storages.read(storage, (storage.begin + extent.first) * width, (extent.last - extent.first + 1) * width),
    TE.map((bytes) => (storages.isBigEndian ? swapElements(bytes, tensor.dtype) : bytes)),
    TE.map((bytes) => inOrder(tensor, bytes)),
    TE.map((bytes) => turnSigns(tensor.dtype, tensor.signs, bytes)),
  )
}

const noTensors = (file: string): WeightsError => ({
  _tag: "PickleInvalid",
  file,
  rule: "it holds neither a dict of named tensors nor a module: it may be the state of an optimizer or of another program",
  remedy: "name the file that holds the model's state dict",
})

const severalGroups = (file: string, { undecided }: Undecided): WeightsError => ({
  _tag: "PickleInvalid",
  file,
  rule: `it holds several groups of tensors, and it is ambiguous which are the weights: ${undecided}`,
  remedy: "save the state dict of one model alone: torch.save(state[...], file)",
})

const decided = (file: string, value: PickleValue): Either<WeightsError, StateDict> => {
  const found = stateDictOf(value)
  if (found === undefined) return E.left(noTensors(file))
  return "undecided" in found ? E.left(severalGroups(file, found)) : E.right(found)
}

/** The tensors of an unpickled file as a `WeightFile`, each checked against the storage it lies in. Errors: `EntryInvalid`, `PickleInvalid`. */
export const torchFile = (storages: Storages, value: PickleValue): Either<WeightsError, WeightFile> =>
  pipe(
    decided(storages.file, value),
    E.bindTo("state"),
    E.bind("entries", ({ state }) => checkTensors(storages, state.tensors)),
    E.map(({ state, entries }) => ({
      file: storages.file,
      format: storages.format,
      metadata: storages.metadata,
      entries,
      remarks: state.remarks,
      read: (name) => {
        const [spec, tensor] = [entries.get(name), state.tensors.get(name)]
        if (spec === undefined || tensor === undefined) return TE.left(tensorMissing(storages.file, name))
        return pipe(
          readTensor(storages, tensor),
          TE.map((bytes) => ({ file: storages.file, ...spec, bytes })),
        )
      },
      close: storages.close,
    })),
  )
