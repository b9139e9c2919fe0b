import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { StoredTensor } from "../storedTensor.ts"
import type { WeightFile } from "../weightFile.ts"
import type { WeightsError } from "../weightsError.ts"

const strange = (file: string, key: string, rule: string): WeightsError => ({
  _tag: "TensorMissing",
  file,
  key,
  rule,
  remedy: "name the weights that the other file was made from",
})

/**
 * An open file with tensors of another in the place of its own: each tensor of `over` whose name begins with `prefix` takes the
 * place of the one without it. Both stay open until they are closed.  Errors: `TensorMissing` where there is no such place.
 */
export const overlaid = (base: WeightFile, over: WeightFile, prefix: string): Either<WeightsError, WeightFile> => {
  const names = [...over.entries.values()].filter(({ name }) => name.startsWith(prefix))
  for (const { name, shape } of names) {
    const own = name.slice(prefix.length)
    const place = base.entries.get(own)
    if (place === undefined) return E.left(strange(base.file, own, "it has no tensor with this name to replace"))
    if (String(place.shape) !== String(shape))
      return E.left(strange(base.file, own, `it is [${place.shape}] there, and [${shape}] in ${over.file}`))
  }
  const replaced = new Map(names.map((spec) => [spec.name.slice(prefix.length), spec]))
  return E.right({
    ...base,
    entries: new Map(
      Array.from(base.entries, ([name, spec]) => [name, { ...spec, dtype: replaced.get(name)?.dtype ?? spec.dtype }]),
    ),
    read: (name) =>
      replaced.has(name)
        ? TE.map((tensor: StoredTensor) => ({ ...tensor, name }))(over.read(`${prefix}${name}`))
        : base.read(name),
  })
}
