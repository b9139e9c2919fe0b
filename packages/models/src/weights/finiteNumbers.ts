import { agreeing, counted } from "@diva/tensor"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import type { StoredTensor } from "./storedTensor.ts"
import type { WeightsError } from "./weightsError.ts"

/** The place of the first number that is not finite, or −1. */
export const indexOfStrange = (values: ArrayLike<number>): number => {
  // One sum tells of all terms: finite f32 numbers, however many, cannot overflow it.
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] as number
  return Number.isFinite(sum) ? -1 : Array.prototype.findIndex.call(values, (value) => !Number.isFinite(value))
}

/**
 * The elements of a tensor, if all are finite: one NaN or infinity in a model's weights makes everything it computes NaN.
 * `values` are the tensor's elements as f32.  Errors: `NotFinite`.
 */
export const finiteNumbers = (
  { file, name: key, shape }: Pick<StoredTensor, "file" | "name" | "shape">,
  values: Float32Array<ArrayBuffer>,
): Either<WeightsError, Float32Array<ArrayBuffer>> => {
  const first = indexOfStrange(values)
  if (first < 0) return E.right(values)
  const count = values.reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0)
  return E.left({
    _tag: "NotFinite",
    file,
    key,
    rule: `${count} of its ${counted(values.length, "number")} ([${shape}]) ${agreeing(count, "is", "are")} not finite; the first is ${values[first]}, at ${first}`,
    remedy: "use a checkpoint from before the training run diverged; diva inspect lists what a file holds",
  })
}
