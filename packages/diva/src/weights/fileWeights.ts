import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import { toFloat32, type StoredTensor, type WeightFile } from "@diva/models"
import { fromEither, fromTaskEither } from "../fromEither.ts"
import { hostArrayOf } from "./namedArrays.ts"
import type { LazyArray, NamedWeights } from "./weightArray.ts"

const isFloat = ({ dtype }: Pick<StoredTensor, "dtype">): boolean => dtype.startsWith("F") || dtype === "BF16"

/** Floats as f32, whatever they are stored as: what trains must not be rounded, what does not may be halved later. */
const inSingle = (tensor: StoredTensor) =>
  isFloat(tensor)
    ? pipe(
        toFloat32(tensor),
        E.map((data) => ({ shape: tensor.shape, dtype: "f32" as const, data })),
      )
    : hostArrayOf(tensor)

/** The floats of an open file, each read when it is wanted. */
export const fileWeights = (file: WeightFile, isWanted: (name: string) => boolean = () => true): NamedWeights =>
  new Map(
    [...file.entries.values()]
      .filter((entry) => isFloat(entry) && isWanted(entry.name))
      .map(({ name, shape }) => {
        const load = Effect.flatMap(fromTaskEither(file.read(name)), (tensor) => fromEither(inSingle(tensor)))
        return [name, { shape, dtype: "f32", load } satisfies LazyArray]
      }),
  )
