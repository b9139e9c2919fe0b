import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import { finiteNumbers, isStoredFloat, toFloat32, type StoredTensor, type WeightFile } from "@diva/models"
import { fromEither, fromTaskEither } from "../fromEither.ts"
import type { LazyArray, NamedWeights } from "./weightArray.ts"

/** Whole numbers beside the parameters (position ids) are not weights; floats that cannot be computed with are reported when they are read. */
const isWeight = ({ dtype }: Pick<StoredTensor, "dtype">): boolean => isStoredFloat(dtype) || /^[FC]/.test(dtype)

/**
 * Floats as f32, whatever they are stored as: what trains must not be rounded, what does not may be halved later. A single
 * NaN makes everything computed with it NaN, so none is let in.
 */
const inSingle = (tensor: StoredTensor) =>
  pipe(
    toFloat32(tensor),
    E.chain((data) => finiteNumbers(tensor, data)),
    E.map((data) => ({ shape: tensor.shape, dtype: "f32" as const, data })),
  )

/** The floats of an open file, each read when it is wanted. Errors when they are read: `NotFinite`, `NotConvertible`, those of the file. */
export const fileWeights = (file: WeightFile, isWanted: (name: string) => boolean = () => true): NamedWeights =>
  new Map(
    [...file.entries.values()]
      .filter((entry) => isWeight(entry) && isWanted(entry.name))
      .map(({ name, shape }) => {
        const load = Effect.flatMap(fromTaskEither(file.read(name)), (tensor) => fromEither(inSingle(tensor)))
        return [name, { shape, dtype: "f32", load } satisfies LazyArray]
      }),
  )
