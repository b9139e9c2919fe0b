import { pipe } from "fp-ts/lib/function.js"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import { type Append, type Write, writeAtomically } from "./atomicFile.ts"
import { isSafetensorsDType, lengthBytes } from "./safetensorsHeader.ts"
import { storedWidth } from "./storedDType.ts"
import { byteLength, checkedBytes, type TensorToWrite } from "./tensorToWrite.ts"
import type { WeightsError } from "./weightsError.ts"

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Wide elements first, so that every tensor starts at a multiple of its element width; then by name. */
const fileOrder = (tensors: readonly TensorToWrite[]): readonly TensorToWrite[] =>
  tensors.toSorted((a, b) => storedWidth(b.dtype) - storedWidth(a.dtype) || byText(a.name, b.name))

const headerJson = (ordered: readonly TensorToWrite[], metadata: Readonly<Record<string, string>>): string => {
  const entries: [string, unknown][] = []
  if (Object.keys(metadata).length > 0)
    entries.push(["__metadata__", Object.fromEntries(Object.entries(metadata).toSorted(([a], [b]) => byText(a, b)))])
  let begin = 0
  for (const tensor of ordered) {
    const end = begin + byteLength(tensor)
    entries.push([tensor.name, { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [begin, end] }])
    begin = end
  }
  return JSON.stringify(Object.fromEntries(entries))
}

/** The length field and the JSON text, padded with spaces so that data begin at a multiple of eight. */
const headerBytes = (ordered: readonly TensorToWrite[], metadata: Readonly<Record<string, string>>): Uint8Array => {
  const json = new TextEncoder().encode(headerJson(ordered, metadata))
  const padded = Math.ceil(json.byteLength / lengthBytes) * lengthBytes
  const bytes = new Uint8Array(lengthBytes + padded).fill(0x20)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true)
  bytes.set(json, lengthBytes)
  return bytes
}

const noPlace = (file: string, { name: key, dtype }: TensorToWrite): WeightsError => ({
  _tag: "NotConvertible",
  file,
  key,
  rule: `safetensors has no element type ${dtype}`,
  remedy: "end the file name in .pth, which can hold it",
})

const distinct = (file: string, ordered: readonly TensorToWrite[]): Either<WeightsError, readonly TensorToWrite[]> => {
  const seen = new Set<string>(["__metadata__"])
  const strange = ordered.find(({ dtype }) => !isSafetensorsDType(dtype))
  if (strange !== undefined) return E.left(noPlace(file, strange))
  for (const { name: key } of ordered) {
    if (seen.has(key))
      return E.left({
        _tag: "DuplicateName",
        file,
        key,
        rule: "two tensors of one file cannot share a name, and __metadata__ is reserved",
        remedy: "rename one of them",
      })
    seen.add(key)
  }
  return E.right(ordered)
}

const writeParts =
  (file: string, ordered: readonly TensorToWrite[], metadata: Readonly<Record<string, string>>) =>
  async (append: Append): Promise<Either<WeightsError, void>> => {
    await append(headerBytes(ordered, metadata))
    for (const tensor of ordered) {
      const bytes = await checkedBytes(file, tensor)
      if (E.isLeft(bytes)) return bytes
      await append(bytes.right)
    }
    return E.right(undefined)
  }

/**
 * The content of a safetensors file, for whoever writes it; equal input gives equal bytes. `file` is the name that errors show.
 * Errors: `DuplicateName`, `NotConvertible` (C32 and C128); when it is written, `EntryInvalid` (bytes that do not fill the shape).
 */
export const safetensorsContent = (
  file: string,
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>> = {},
): Either<WeightsError, Write<WeightsError>> =>
  pipe(
    distinct(file, fileOrder(tensors)),
    E.map((ordered) => writeParts(file, ordered, metadata)),
  )

/**
 * Writes a safetensors file, tensor by tensor, all or nothing; equal input gives equal bytes. Gives the file's size.
 * Errors: `DuplicateName`, `NotConvertible` (C32 and C128), `EntryInvalid` (bytes that do not fill the shape), `StorageFull`, `FileUnwritable`.
 */
export const writeSafetensors = (
  file: string,
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>> = {},
): TaskEither<WeightsError, number> =>
  pipe(
    TE.fromEither(safetensorsContent(file, tensors, metadata)),
    TE.chain((content) => writeAtomically(file, content)),
  )
