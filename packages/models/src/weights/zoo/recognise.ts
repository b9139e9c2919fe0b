import * as E from "fp-ts/lib/Either.js"
import { currentVaeName } from "../../vae/vaeNames.ts"
import { checkNames } from "../checkNames.ts"
import { elementCount } from "../storedDType.ts"
import type { TensorSpec } from "../weightFile.ts"
import type { NamesMismatch } from "../weightsError.ts"
import { inferImageTower, inferOpenaiArguments } from "./inferClip.ts"
import { type KnownModel, knownModels } from "./knownModels.ts"
import { imageSizeOf, isPositionTable } from "./resizeImages.ts"
import { findParts, type FoundPart, ignorableNames, partOfName, unwrapped, wrappersIn } from "./signatures.ts"

/** A model inside a file of weights, compared with the zoo. */
export interface Recognised extends FoundPart {
  readonly tensors: number
  readonly parameters: number
  /** Models of the zoo with exactly these names and shapes: several where they differ in values only. */
  readonly models: readonly string[]
  /** Where none fits because there is no text tower: the models whose image tower it is. */
  readonly imageTowerOf?: readonly string[]
  /** Where none fits but for the table of positions: the models of which it is one for images of another size. */
  readonly resized?: { readonly models: readonly string[]; readonly imageSize: number }
  /** Where none fits: the constructor arguments of an OpenAI CLIP of another size, if it is one. */
  readonly inferred?: Readonly<Record<string, number>>
  /** Where none fits and there is no text tower: the arguments of the image tower alone. */
  readonly inferredTower?: Readonly<Record<string, number>>
  /** Where none fits: the nearest model of the zoo, and how the file differs from it. */
  readonly nearest?: { readonly model: string; readonly mismatch: NamesMismatch }
  /** Names that published files of this kind add. */
  readonly extras: readonly string[]
}

/** What a file of weights is. */
export interface Recognition {
  /** What was taken out of the middle of names: "_orig_mod". */
  readonly wrappers: readonly string[]
  readonly parts: readonly Recognised[]
  /** Names that belong to no model this package knows. */
  readonly others: readonly string[]
}

type Entries = ReadonlyMap<string, TensorSpec>

/** The name a part's model gives a tensor of a file. */
export const partName = ({ kind, prefix }: FoundPart, name: string): string => {
  const own = unwrapped(name).slice(prefix.length)
  return kind === "vae" ? currentVaeName(own) : own
}

const isScalar = (name: string): boolean => name === "logit_scale" || name === "logit_bias"

/**
 * A one-by-one convolution is a matrix: old VAE files store the middle attention's projections as such. A scale or bias of
 * the logits may be stored as a list of one number.
 */
const shapeInModel = (kind: FoundPart["kind"], name: string, shape: readonly number[]): readonly number[] => {
  if (isScalar(name) && shape.length === 1 && shape[0] === 1) return []
  return kind === "vae" && /\.attentions\.\d+\.to_/.test(name) && shape.length === 4 ? shape.slice(0, 2) : shape
}

/** The tensors of a part under its model's own names. */
export const entriesOfPart = (parts: readonly FoundPart[], part: FoundPart, entries: Entries): Entries =>
  new Map(
    [...entries.values()]
      .filter(({ name }) => partOfName(parts, name) === part)
      .map((spec) => {
        const name = partName(part, spec.name)
        return [name, { ...spec, name, shape: shapeInModel(part.kind, name, spec.shape) }]
      }),
  )

const differences = ({ missing, unexpected, wrongShape }: NamesMismatch): number =>
  missing.length + unexpected.length + wrongShape.length

interface Compared {
  readonly model: KnownModel
  readonly mismatch: NamesMismatch | undefined
}

const compare = (file: string, part: FoundPart, entries: Entries): readonly Compared[] =>
  knownModels()
    .filter(({ kind }) => kind === part.kind)
    .map((model) => {
      const checked = checkNames(model.shapes, { file, entries }, { ignorable: ignorableNames[part.kind] })
      return { model, mismatch: E.isLeft(checked) ? checked.left : undefined }
    })

const nearestOf = (compared: readonly Compared[]): Recognised["nearest"] =>
  compared
    .flatMap(({ model, mismatch }) => (mismatch === undefined ? [] : [{ model: model.name, mismatch }]))
    .toSorted((a, b) => differences(a.mismatch) - differences(b.mismatch))[0]

const isOtherSize = ({ missing, unexpected, wrongShape }: NamesMismatch): boolean =>
  missing.length + unexpected.length === 0 && wrongShape.every(({ key }) => isPositionTable(key))

const resizedOf = (compared: readonly Compared[], entries: Entries): Recognised["resized"] => {
  const imageSize = imageSizeOf(entries)
  const models = compared.flatMap(({ model, mismatch }) =>
    mismatch !== undefined && isOtherSize(mismatch) ? [model.name] : [],
  )
  return imageSize === undefined || models.length === 0 ? undefined : { models, imageSize }
}

/** Names outside the image tower; transformers' CLIPVisionModel also does without the projection. */
const isBesideImages = (name: string): boolean => !/^(visual|vision_model)\./.test(name)

const imageTowersOf = (compared: readonly Compared[]): readonly string[] =>
  compared.flatMap(({ model, mismatch }) =>
    mismatch !== undefined &&
    mismatch.unexpected.length + mismatch.wrongShape.length === 0 &&
    mismatch.missing.every(({ key }) => isBesideImages(key))
      ? [model.name]
      : [],
  )

/** Whether published files of a kind add a name that is not a parameter. */
export const isExtra = (part: FoundPart, name: string): boolean =>
  ignorableNames[part.kind].some((end) => name === end || name.endsWith(`.${end}`))

const parametersOf = (part: FoundPart, entries: Entries): number =>
  [...entries.values()].reduce((sum, { name, shape }) => sum + (isExtra(part, name) ? 0 : elementCount(shape)), 0)

const recognisePart = (file: string, parts: readonly FoundPart[], part: FoundPart, all: Entries): Recognised => {
  const entries = entriesOfPart(parts, part, all)
  const compared = compare(file, part, entries)
  const models = compared.flatMap(({ model, mismatch }) => (mismatch === undefined ? [model.name] : []))
  const resized = models.length === 0 ? resizedOf(compared, entries) : undefined
  const towers = models.length === 0 ? imageTowersOf(compared) : []
  const isOwn = models.length === 0 && part.kind === "clip"
  const inferred = isOwn ? inferOpenaiArguments({ file, entries }) : undefined
  const inferredTower = isOwn && towers.length === 0 ? inferImageTower({ file, entries }) : undefined
  const isKnown = [models, towers].some(({ length }) => length > 0) || [resized, inferred, inferredTower].some(Boolean)
  const nearest = isKnown ? undefined : nearestOf(compared)
  return {
    ...part,
    tensors: entries.size,
    parameters: parametersOf(part, entries),
    models,
    extras: [...entries.keys()].filter((name) => isExtra(part, name)),
    ...(towers.length === 0 ? {} : { imageTowerOf: towers }),
    ...(resized === undefined ? {} : { resized }),
    ...(inferred === undefined ? {} : { inferred }),
    ...(inferredTower === undefined ? {} : { inferredTower }),
    ...(nearest === undefined ? {} : { nearest }),
  }
}

/**
 * Tells what models a file of weights holds by its names and shapes alone: prefixes before the names (`module.`,
 * `class_model.model.`, `unet.`), wrappers in the middle of them (`_orig_mod`), whose names they are, and which model of the zoo fits exactly.
 */
export const recognise = (file: { readonly file: string; readonly entries: Entries }): Recognition => {
  const parts = findParts(file.entries.keys())
  return {
    wrappers: [...new Set([...file.entries.keys()].flatMap(wrappersIn))],
    parts: parts.map((part) => recognisePart(file.file, parts, part, file.entries)),
    others: [...file.entries.keys()].filter((name) => partOfName(parts, name) === undefined),
  }
}
