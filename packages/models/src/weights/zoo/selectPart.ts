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

const noPart = (file: WeightFile, kinds: readonly PartKind[], found: readonly FoundPart[]): WeightsError => ({
  _tag: "TensorMissing",
  file: file.file,
  key: kinds.join(" or "),
  rule:
    found.length === 0
      ? `its ${file.entries.size} names are of no model this package knows`
      : `it holds ${found.map(({ kind }) => styleOf[kind]).join(", ")}, not what was asked for`,
  remedy: "diva inspect lists what a file holds; name the file of the wanted model",
})

/**
 * One model of a file under its own names: without `module.`, `class_model.model.` or other prefixes, without what other
 * models the file holds or files add (`position_ids`, `input_resolution`), VAE names in their current spelling. Of several of a kind, the one with the longest prefix. A CLIP that
 * transformers named is given OpenAI's names where `clip` is asked for.
 * Errors: `TensorMissing`.
 */
export const selectPart = (file: WeightFile, ...kinds: readonly PartKind[]): Either<WeightsError, WeightFile> => {
  const parts = findParts(file.entries.keys())
  const part = parts.find(({ kind }) => kinds.includes(kind))
  if (part !== undefined) return E.right(viewOf(file, parts, part))
  const other = kinds.includes("clip") ? parts.find(({ kind }) => kind === "transformers clip") : undefined
  return other === undefined ? E.left(noPart(file, kinds, parts)) : fromTransformers(viewOf(file, parts, other))
}
