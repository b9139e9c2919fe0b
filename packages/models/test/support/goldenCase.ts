import { readFile } from "node:fs/promises"
import * as path from "node:path"
import type { HostArray } from "@diva/tensor"
import * as E from "fp-ts/lib/Either.js"
import { parseSafetensors, renderWeightsError, toFloat32, toInt32 } from "../../src/weights/index.ts"
import type { StoredTensor, WeightsError } from "../../src/weights/index.ts"

/** A stored reference case: what a model was given and what the reference made of it. */
export interface GoldenCase {
  readonly config: unknown
  readonly tolerance: { readonly rel_l2: number; readonly rel_max: number }
  readonly weights: Arrays
  readonly inputs: Arrays
  readonly expected: Arrays
}

export type Arrays = Readonly<Record<string, HostArray>>

export const goldenFolder = path.join(import.meta.dirname, "../golden")

export const right = <A>(either: E.Either<unknown, A>): A => {
  if (E.isLeft(either)) throw either.left instanceof Error ? either.left : new Error(JSON.stringify(either.left))
  return either.right
}

export const left = <Failure>(either: E.Either<Failure, unknown>): Failure => {
  if (E.isRight(either)) throw new Error("expected an error")
  return either.left
}

const hostArray = (tensor: StoredTensor): HostArray =>
  tensor.dtype.startsWith("I")
    ? { shape: tensor.shape, dtype: "i32", data: right(toInt32(tensor)) }
    : { shape: tensor.shape, dtype: "f32", data: right(toFloat32(tensor)) }

export const readArrays = async (folder: string, name: string): Promise<Arrays> => {
  const bytes = await readFile(path.join(goldenFolder, folder, `${name}.safetensors`))
  const parsed = E.mapLeft((error: WeightsError) => renderWeightsError(error))(parseSafetensors(bytes, name))
  return Object.fromEntries(Array.from(right(parsed).tensors.values(), (tensor) => [tensor.name, hostArray(tensor)]))
}

export const readJson = async (file: string): Promise<Readonly<Record<string, unknown>>> =>
  JSON.parse(await readFile(path.join(goldenFolder, file), "utf8")) as Readonly<Record<string, unknown>>

export const readCase = async (folder: string): Promise<GoldenCase> => {
  const manifest = await readJson(`${folder}/manifest.json`)
  const [weights, inputs, expected] = await Promise.all(
    ["weights", "inputs", "expected"].map((name) => readArrays(folder, name)),
  )
  return {
    config: manifest["config"],
    tolerance: manifest["tolerance"] as GoldenCase["tolerance"],
    weights: weights!,
    inputs: inputs!,
    expected: expected!,
  }
}
