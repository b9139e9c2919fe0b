import { agreeing, counted } from "@diva/tensor"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import { tensorMissing, type WeightFile } from "../weightFile.ts"
import type { WeightsError } from "../weightsError.ts"
import { entriesOfPart, isExtra, partName } from "./recognise.ts"
import { fromTransformers } from "./transformersClip.ts"
import { findParts, type FoundPart, partOfName, type PartKind, styleOf } from "./signatures.ts"

const namesInFile = (file: WeightFile, parts: readonly FoundPart[], part: FoundPart): ReadonlyMap<string, string> =>
  new Map(
    [...file.entries.keys()]
      .filter((name) => partOfName(parts, name) === part)
      .map((name) => [partName(part, name), name]),
  )

/** Loaders of such models refuse, or throw away, what files add beside the parameters. */
const parametersOnly = (part: FoundPart, entries: WeightFile["entries"]): WeightFile["entries"] =>
  new Map([...entries].filter(([name]) => !isExtra(part, name)))

const viewOf = (file: WeightFile, parts: readonly FoundPart[], part: FoundPart): WeightFile => {
  const entries = parametersOnly(part, entriesOfPart(parts, part, file.entries))
  const originals = namesInFile(file, parts, part)
  return {
    ...file,
    entries,
    read: (name) => {
      const [original, spec] = [originals.get(name), entries.get(name)]
      if (original === undefined || spec === undefined) return TE.left(tensorMissing(file.file, name))
      return pipe(
        file.read(original),
        TE.map((tensor) => ({ ...tensor, name, shape: spec.shape })),
      )
    },
  }
}

/** Two tensors of a file that are one of the model: a checkpoint of a wrapped and an unwrapped copy. */
const sharedName = (file: WeightFile, parts: readonly FoundPart[], part: FoundPart): WeightsError | undefined => {
  const seen = new Map<string, string>()
  for (const name of file.entries.keys()) {
    if (partOfName(parts, name) !== part) continue
    const own = partName(part, name)
    const first = seen.get(own)
    if (first !== undefined)
      return {
        _tag: "DuplicateName",
        file: file.file,
        key: name,
        rule: `it and ${first} are both ${own} of the model, so it is ambiguous which is meant`,
        remedy: "save the state dict of one of the two alone",
      }
    seen.set(own, name)
  }
  return undefined
}

const noPart = (file: WeightFile, kinds: readonly PartKind[], found: readonly FoundPart[]): WeightsError => ({
  _tag: "TensorMissing",
  file: file.file,
  key: kinds.join(" or "),
  rule:
    found.length === 0
      ? `its ${counted(file.entries.size, "tensor")} ${agreeing(file.entries.size, "belongs", "belong")} to no model this package knows`
      : `it holds ${found.map(({ kind }) => styleOf[kind]).join(", ")}, not what was asked for`,
  remedy: "diva inspect lists what a file holds; name the file of the model you want",
})

/**
 * One model of a file under its own names: without `module.`, `class_model.model.` or other prefixes and without wrappers in the middle, without what other
 * models the file holds or files add (`position_ids`, `input_resolution`), VAE names in their current spelling. Of several of a kind, the one with the longest prefix. A CLIP that
 * transformers named is given OpenAI's names where `clip` is asked for.
 * Errors: `TensorMissing`, `DuplicateName`.
 */
export const selectPart = (file: WeightFile, ...kinds: readonly PartKind[]): Either<WeightsError, WeightFile> => {
  const parts = findParts(file.entries.keys())
  const part = parts.find(({ kind }) => kinds.includes(kind))
  const other = kinds.includes("clip") ? parts.find(({ kind }) => kind === "transformers clip") : undefined
  const found = part ?? other
  if (found === undefined) return E.left(noPart(file, kinds, parts))
  const twice = sharedName(file, parts, found)
  if (twice !== undefined) return E.left(twice)
  const view = viewOf(file, parts, found)
  return found === part ? E.right(view) : fromTransformers(view)
}
