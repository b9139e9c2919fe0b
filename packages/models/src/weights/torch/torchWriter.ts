import * as path from "node:path"
import { crc32 } from "node:zlib"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import { type Append, writeAtomically } from "../atomicFile.ts"
import { nameOfDType } from "../pickle/torchTypes.ts"
import { checkedBytes, type TensorToWrite } from "../tensorToWrite.ts"
import type { WeightsError } from "../weightsError.ts"
import { zipDirectory, zipHeader, type WrittenRecord } from "../zip/zipWriter.ts"
import { stateDictPickle } from "./stateDictPickle.ts"

const utf8 = new TextEncoder()

const refusalOf = (file: string, tensors: readonly TensorToWrite[]): WeightsError | undefined => {
  const seen = new Set<string>()
  for (const { name: key, dtype } of tensors) {
    if (seen.has(key))
      return {
        _tag: "DuplicateName",
        file,
        key,
        rule: "two tensors of one file cannot share a name",
        remedy: "rename one",
      }
    if (nameOfDType(dtype) === undefined)
      return {
        _tag: "NotConvertible",
        file,
        key,
        rule: `PyTorch has no element type ${dtype}`,
        remedy: "end the file name in .safetensors, which can hold it",
      }
    seen.add(key)
  }
  return undefined
}

interface Out {
  readonly append: Append
  readonly records: WrittenRecord[]
  position: number
}

const put = async (out: Out, bytes: Uint8Array): Promise<void> => {
  await out.append(bytes)
  out.position += bytes.byteLength
}

const putRecord = async (out: Out, name: string, bytes: Uint8Array): Promise<void> => {
  const record = { name, bytes: bytes.byteLength, crc: crc32(bytes), headerOffset: out.position }
  await put(out, zipHeader(record))
  await put(out, bytes)
  out.records.push(record)
}

const writeParts =
  (file: string, root: string, tensors: readonly TensorToWrite[]) =>
  async (append: Append): Promise<Either<WeightsError, void>> => {
    const out: Out = { append, records: [], position: 0 }
    await putRecord(out, `${root}/data.pkl`, stateDictPickle(tensors))
    await putRecord(out, `${root}/byteorder`, utf8.encode("little"))
    for (const [index, tensor] of tensors.entries()) {
      const bytes = await checkedBytes(file, tensor)
      if (E.isLeft(bytes)) return bytes
      await putRecord(out, `${root}/data/${index}`, bytes.right)
    }
    await putRecord(out, `${root}/version`, utf8.encode("3\n"))
    await put(out, zipDirectory(out.records, out.position))
    return E.right(undefined)
  }

/** The name of the archive's folder, as PyTorch takes it: the file's name without its ending. */
const rootOf = (file: string): string =>
  path
    .basename(file)
    .replace(/\.[^.]*$/, "")
    .replace(/[^\w.-]/g, "_") || "archive"

/**
 * Writes a state dict as `torch.save` does since PyTorch 1.6: a zip archive of a pickle and raw storages, which
 * `torch.load` reads, also with `weights_only=True`. Tensor by tensor, all or nothing; equal input gives equal bytes.
 * Gives the file's size. Errors: `DuplicateName`, `NotConvertible` (types PyTorch has not), `EntryInvalid`, `StorageFull`,
 * `FileUnwritable`.
 */
export const writeTorch = (file: string, tensors: readonly TensorToWrite[]): TaskEither<WeightsError, number> => {
  const refusal = refusalOf(file, tensors)
  return pipe(
    TE.fromEither(refusal === undefined ? E.right(undefined) : E.left(refusal)),
    TE.chain(() => writeAtomically(file, writeParts(file, rootOf(file), tensors))),
  )
}
