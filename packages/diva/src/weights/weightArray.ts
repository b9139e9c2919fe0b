import { createHash } from "node:crypto"
import { Effect } from "effect"
import { type HostArray, type Mapped, type Spec, type Tensor, isHostArray } from "@diva/tensor"
import { float16FromFloat32, type WeightsError } from "@diva/models"
import { byName, bytesOf, hashHeader } from "./namedArrays.ts"

/** A tensor of known shape whose numbers are read or made when they are wanted, and not kept. */
export interface LazyArray extends Spec {
  /** Gives the numbers, of exactly this shape and element type. */
  readonly load: Effect.Effect<HostArray, WeightsError>
  /** Stands for the numbers in content hashes, where they follow from a recipe such as a seed. */
  readonly recipe?: string
}

/** A weight in host memory, or one that will be. */
export type WeightArray = HostArray | LazyArray

/** Weights by their checkpoint names. */
export type NamedWeights = ReadonlyMap<string, WeightArray>

/** The tree of weights that stands for a tree of tensors. */
export type WeightsOf<T> = Mapped<T, Tensor, WeightArray>

export const isWeightArray = (value: unknown): value is WeightArray =>
  isHostArray(value) || (typeof value === "object" && value !== null && "load" in value && "dtype" in value)

/** The numbers of a weight. Errors: those of the file it is read from. */
export const loadArray = (array: WeightArray): Effect.Effect<HostArray, WeightsError> =>
  "load" in array ? array.load : Effect.succeed(array)

const halved = ({ shape, dtype, data }: HostArray): HostArray =>
  dtype === "f32"
    ? { shape, dtype: "f16", data: float16FromFloat32(data as Float32Array<ArrayBuffer>) }
    : { shape, dtype, data }

/** The same weight stored in f16, rounded to nearest even: half the memory, 11 significant bits. */
export const inHalf = (array: WeightArray): WeightArray =>
  array.dtype !== "f32"
    ? array
    : {
        shape: array.shape,
        dtype: "f16",
        load: Effect.map(loadArray(array), halved),
        ...("recipe" in array && array.recipe !== undefined ? { recipe: `${array.recipe} in f16` } : {}),
      }

/**
 * The content hash of weights (as `contentHash`), one tensor in memory at a time. A tensor that follows from a recipe counts by it.
 * Errors: those of the files weights are read from.
 */
export const weightsHash = Effect.fnUntraced(function* (weights: NamedWeights) {
  const hash = createHash("sha256")
  for (const [name, array] of byName(weights)) {
    hash.update(hashHeader(name, array))
    if ("load" in array && array.recipe !== undefined) hash.update(array.recipe)
    else hash.update(bytesOf(yield* loadArray(array)))
  }
  return hash.digest("hex")
})
