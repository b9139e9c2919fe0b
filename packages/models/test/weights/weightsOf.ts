import { createHash } from "node:crypto"
import * as E from "fp-ts/lib/Either.js"
import {
  openWeights,
  renderWeightsError,
  type StoredTensor,
  type WeightFile,
  type WeightsError,
} from "../../src/weights/index.ts"

/** The right side, or a failure that says what the left was. */
export const right = <A>(either: E.Either<WeightsError, A>): A => {
  if (E.isLeft(either)) throw new Error(renderWeightsError(either.left))
  return either.right
}

/** The left side. */
export const left = (either: E.Either<WeightsError, unknown>): WeightsError => {
  if (E.isRight(either)) throw new Error("expected an error")
  return either.left
}

/** Every tensor of an open file. */
export const tensorsOf = async (file: WeightFile): Promise<ReadonlyMap<string, StoredTensor>> => {
  const tensors = new Map<string, StoredTensor>()
  for (const name of file.entries.keys()) tensors.set(name, right(await file.read(name)()))
  return tensors
}

/** Every tensor of a file. */
export const loadAll = async (path: string): Promise<ReadonlyMap<string, StoredTensor>> => {
  const file = right(await openWeights(path)())
  const tensors = await tensorsOf(file)
  await file.close()
  return tensors
}

/** Type, shape and content of a tensor, comparable. */
export const fingerprint = ({ dtype, shape, bytes }: Pick<StoredTensor, "dtype" | "shape" | "bytes">) => ({
  dtype,
  shape: [...shape],
  sha256: createHash("sha256").update(bytes).digest("hex"),
})

/** Fingerprints by name. */
export const fingerprints = (tensors: ReadonlyMap<string, StoredTensor>) =>
  Object.fromEntries(Array.from(tensors, ([name, tensor]) => [name, fingerprint(tensor)]))
