import { openSafetensors, toFloat32, toInt32, type StoredTensor, type WeightsError } from "@diva/models"
import type { HostArray, Spec } from "@diva/tensor"
import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import { isThere } from "../files/presence.ts"
import { storage } from "../files/storage.ts"
import { fromEither, fromTaskEither } from "../fromEither.ts"
import { CaseInvalid } from "./caseError.ts"
import { recordIn } from "./documentFields.ts"
import type { ReadableCase } from "./kind.ts"

/** The tensors of one file of a case, by name. */
export interface CaseFile {
  readonly file: string
  readonly tensors: ReadonlyMap<string, StoredTensor>
}

/** Host arrays by name: parameters, inputs, outputs. */
export type Arrays = Readonly<Record<string, HostArray>>

/** Specs by name, for compiling. */
export type Specs = Readonly<Record<string, Spec>>

/** Reads a whole safetensors file. Errors: as `openSafetensors`. */
export const readCaseFile = Effect.fn("readCaseFile")(function* (file: string) {
  const reader = yield* Effect.acquireRelease(fromTaskEither(openSafetensors(file)), ({ close }) =>
    Effect.promise(close),
  )
  const tensors = new Map<string, StoredTensor>()
  for (const name of reader.entries.keys()) tensors.set(name, yield* fromTaskEither(reader.read(name)))
  const found: CaseFile = { file, tensors }
  return found
}, Effect.scoped)

/** Reads a file that a case of its kind may lack. One that the manifest lists may not be missing. */
export const readIfPresent = Effect.fnUntraced(function* ({ folder, document }: ReadableCase, name: string) {
  const { path } = yield* storage
  const file = path.join(folder, name)
  const isListed = Object.hasOwn(recordIn(document, "files") ?? {}, name)
  return isListed || (yield* isThere(file)) ? yield* readCaseFile(file) : undefined
})

const isWhole = ({ dtype }: StoredTensor): boolean => /^[IUB]/.test(dtype) && dtype !== "BF16"

/** A stored tensor as the programs take it: floats as f32, whole numbers as i32. */
export const hostArray = (tensor: StoredTensor): Either<WeightsError, HostArray> =>
  isWhole(tensor)
    ? pipe(
        toInt32(tensor),
        E.map((data) => ({ shape: tensor.shape, dtype: "i32", data })),
      )
    : pipe(
        toFloat32(tensor),
        E.map((data) => ({ shape: tensor.shape, dtype: "f32", data })),
      )

/** All tensors of a file whose names begin with `prefix`, under their names without it. */
export const arraysUnder = Effect.fnUntraced(function* ({ tensors }: CaseFile, prefix = "") {
  const arrays: Record<string, HostArray> = {}
  for (const [name, tensor] of tensors)
    if (name.startsWith(prefix)) arrays[name.slice(prefix.length)] = yield* fromEither(hostArray(tensor))
  const found: Arrays = arrays
  return found
})

/** The tensor called `name`. Errors: `CaseInvalid` if the file lacks it. */
export const arrayCalled = Effect.fnUntraced(function* ({ file, tensors }: CaseFile, name: string) {
  const tensor = tensors.get(name)
  if (tensor === undefined)
    return yield* new CaseInvalid({
      file,
      rule: `holds no tensor "${name}"`,
      remedy: "restore the file from its source",
    })
  return yield* fromEither(hostArray(tensor))
})

/** Shapes and element types of arrays. */
export const specsOfArrays = (arrays: Arrays): Specs =>
  Object.fromEntries(Object.entries(arrays).map(([name, { shape, dtype }]) => [name, { shape, dtype }]))
