import * as path from "node:path"
import { Data, Effect, Option, Schema, type Scope } from "effect"
import * as E from "fp-ts/lib/Either.js"
import {
  clipTokenizer,
  halfStatistics,
  openaiStatistics,
  openaiVocabulary,
  openWeights,
  parseClip,
  parseOpenaiClip,
  readClipVocabulary,
  readSiglipTokenizer,
  recognise,
  selectPart,
  type ClipConfig,
  type ClipRow,
  type ImagePreset,
  type ModelError,
  type Recognised,
  type TokenizeError,
  type Tokenizer,
  type WeightFile,
  type WeightsError,
} from "@diva/models"
import { isFolder, isThere, namesIn } from "../../files/presence.ts"
import { readTextIfThere } from "../../files/readText.ts"
import { fromEither, fromTaskEither } from "../../fromEither.ts"
import { runFiles, unfinishedClip } from "../../run/runFiles.ts"
import { isRowName, rowOf } from "../../rows/rows.ts"
import type { ConfigInvalid } from "../../files/configInvalid.ts"
import { configBeside, vocabularyBeside } from "../../sources/besideWeights.ts"
import { fileWeights } from "../../weights/fileWeights.ts"
import type { NamedWeights } from "../../weights/weightArray.ts"
import { flavourOf, type Flavour } from "../rules/flavours.ts"
import type { ClipModel } from "./clipModel.ts"
import { doing } from "../../doing.ts"

/** It cannot be told, from what was given, which model a file of weights is, or how its texts become ids. */
export class ModelUnclear extends Data.TaggedError("ModelUnclear")<{
  readonly file: string
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return `${this.file}: ${this.rule}`
  }
}

export interface OpenClipModel {
  /** A file or folder of weights, a run's folder, or one of its checkpoints. */
  readonly path: string
  /** What results call it; the path by default. */
  readonly name?: string
  readonly row?: ClipRow | undefined
  readonly flavour?: Flavour | undefined
  /** The configuration as openai/CLIP's arguments or OpenCLIP's file; `open_clip_config.json` beside the weights by default. */
  readonly config?: unknown
  /** Weights of the whole CLIP, for files that hold an image tower alone, as checkpoints do. */
  readonly base?: string | undefined
  /** How pictures become square; as the original's evaluation does it for the model. */
  readonly fit?: ImagePreset["fit"] | undefined
  /** Folder of the tokenizer's files, for models with a vocabulary of their own; beside the weights by default. */
  readonly tokenizer?: string | undefined
}

export type OpenModelError = ModelUnclear | ConfigInvalid | WeightsError | ModelError | TokenizeError

const newest = Effect.fnUntraced(function* (folder: string) {
  const names = (yield* namesIn(folder)).filter((name) => /^update-\d+$/.test(name))
  const last = names.toSorted((a, b) => Number(b.slice(7)) - Number(a.slice(7)))[0]
  return last === undefined ? undefined : path.join(folder, last, "parameters.safetensors")
})

/** The first of some files that is there. */
const firstThere = Effect.fnUntraced(function* (files: readonly string[]) {
  for (const file of files) if (yield* isThere(file)) return file
  return undefined
})

/** The file of weights that a path stands for: a finished run's export, a run's newest checkpoint, or the path itself. */
const weightsFile = Effect.fnUntraced(function* (given: string) {
  if (!(yield* isFolder(given))) return given
  const exported = [runFiles(given).clip, unfinishedClip(given), path.join(given, "parameters.safetensors")]
  return (yield* firstThere(exported)) ?? (yield* newest(path.join(given, "checkpoints"))) ?? given
})

const Sources = Schema.Struct({ sources: Schema.Struct({ clip: Schema.String }) })

const decodeSources = Schema.decodeUnknownOption(Schema.fromJsonString(Sources))

/** The CLIP that a manifest says a run started from. */
const clipIn = (manifest: string): string | undefined =>
  Option.getOrUndefined(Option.map(decodeSources(manifest), ({ sources }) => sources.clip))

/** The CLIP that a run started from, as its manifest names it; of a run's folder or of one of its checkpoints. */
const baseOfRun = Effect.fnUntraced(function* (given: string) {
  if (!(yield* isFolder(given))) return undefined
  const manifest = yield* firstThere([given, path.join(given, "..", "..")].map((folder) => runFiles(folder).manifest))
  const text = manifest === undefined ? undefined : yield* readTextIfThere(manifest)
  return text === undefined ? undefined : clipIn(text)
})

const opened = (file: string): Effect.Effect<WeightFile, WeightsError, Scope.Scope> =>
  Effect.acquireRelease(fromTaskEither(openWeights(file)), ({ close }) => Effect.promise(close))

interface OpenedPart {
  readonly file: WeightFile
  readonly part: Recognised | undefined
}

const openPart = Effect.fnUntraced(function* (file: string) {
  const all = yield* opened(file)
  const selected = yield* fromEither(selectPart(all, "clip", "siglip"))
  const part = recognise(selected).parts.find(({ kind }) => kind === "clip" || kind === "siglip")
  const found: OpenedPart = { file: selected, part }
  return found
})

const hasTexts = ({ file }: OpenedPart): boolean => [...file.entries.keys()].some((name) => !name.startsWith("visual."))

const unclear = (file: string, rule: string, remedy: string) => new ModelUnclear({ file, rule, remedy })

/** The image tower of one file in the place of another's. */
const joined = Effect.fnUntraced(function* (request: OpenClipModel, image: OpenedPart) {
  const base = request.base ?? (yield* baseOfRun(request.path))
  if (base === undefined)
    return yield* unclear(
      image.file.file,
      "holds only an image tower",
      "name the whole CLIP it was trained from: --base FILE",
    )
  const whole = yield* openPart(yield* weightsFile(base))
  const weights: NamedWeights = new Map([...fileWeights(whole.file), ...fileWeights(image.file)])
  return { weights, part: whole.part, file: image.file.file, remark: `texts by ${base}` }
})

const read = Effect.fnUntraced(function* (request: OpenClipModel) {
  const found = yield* openPart(yield* weightsFile(request.path))
  if (!hasTexts(found)) return yield* joined(request, found)
  return { weights: fileWeights(found.file), part: found.part, file: found.file.file, remark: undefined }
})

/** Rows whose names and shapes these are: several differ in values only. */
const rowsOf = (part: Recognised | undefined): readonly ClipRow[] => (part?.models ?? []).filter(isRowName)

const resizedTo = (config: ClipConfig, imageSize: number): ClipConfig => ({
  ...config,
  vision: { ...config.vision, imageSize },
})

const configOf = (
  request: OpenClipModel,
  part: Recognised | undefined,
  row: ClipRow | undefined,
  beside: Readonly<Record<string, unknown>> | undefined,
) => {
  if (request.config !== undefined) return parseClip(request.config)
  if (row !== undefined) return E.right(rowOf(row).clip)
  if (beside !== undefined) return parseClip(beside)
  if (part?.inferred !== undefined) return parseOpenaiClip(part.inferred)
  const [model] = part?.resized?.models.filter(isRowName) ?? []
  return model === undefined ? undefined : E.right(resizedTo(rowOf(model).clip, part!.resized!.imageSize))
}

const presetOf = ({ family, vision }: ClipConfig): ImagePreset =>
  family === "timm"
    ? { size: vision.imageSize, fit: "squash", statistics: halfStatistics }
    : { size: vision.imageSize, fit: "crop", statistics: openaiStatistics }

const chosenPreset = ({ config, fit }: OpenClipModel, clip: ClipConfig, row: ClipRow | undefined): ImagePreset => {
  const usual =
    row === undefined || config !== undefined
      ? presetOf(clip)
      : { ...rowOf(row).evaluation, size: clip.vision.imageSize }
  return { ...usual, ...(fit === undefined ? {} : { fit }) }
}

const clipVocabulary = 49_408

/** Weights of a run's image tower lie in the run's folder; what was published with the CLIP, beside the CLIP. */
const placesOf = ({ path: given, base }: OpenClipModel): Effect.Effect<readonly string[]> =>
  Effect.map(baseOfRun(given), (ofRun) => [given, base, ofRun].filter((place) => place !== undefined))

/** What the first of the places has beside it. */
const firstBeside = Effect.fnUntraced(function* <A, E>(
  request: OpenClipModel,
  beside: (place: string) => Effect.Effect<A | undefined, E>,
) {
  for (const place of yield* placesOf(request)) {
    const found = yield* beside(place)
    if (found !== undefined) return found
  }
  return undefined
})

const firstVocabulary = (request: OpenClipModel): Effect.Effect<string | undefined> =>
  request.tokenizer === undefined ? firstBeside(request, vocabularyBeside) : Effect.succeed(request.tokenizer)

const siglipTokenizerOf = Effect.fnUntraced(function* (request: OpenClipModel, context: number) {
  const folder = yield* firstVocabulary(request)
  if (folder === undefined)
    return yield* unclear(
      request.path,
      "SigLIP's tokenizer is not beside the weights",
      "put tokenizer.json beside the weights, or name its folder where it is asked for: diva eval --tokenizer DIR",
    )
  return yield* fromTaskEither(readSiglipTokenizer(folder, { context }))
})

/** The tokenizer of a model. Errors: `ModelUnclear`, `VocabularyInvalid`. */
const tokenizerOf = Effect.fnUntraced(function* (
  request: OpenClipModel,
  { family, text }: ClipConfig,
  isOpenclip: boolean,
): Effect.fn.Return<Tokenizer, ModelUnclear | TokenizeError> {
  const { context, vocabulary } = text
  if (family === "timm") return yield* siglipTokenizerOf(request, context)
  const own = vocabulary < clipVocabulary ? yield* firstVocabulary(request) : request.tokenizer
  if (own === undefined && vocabulary < clipVocabulary)
    return yield* unclear(
      request.path,
      `its text tower knows ${vocabulary} tokens, fewer than CLIP's vocabulary`,
      "put vocab.json and merges.txt beside the weights, or name their folder where it is asked for: diva eval --tokenizer DIR",
    )
  const pairs = own === undefined ? openaiVocabulary : readClipVocabulary(own)
  const style = isOpenclip ? "openclip" : "openai"
  // OpenCLIP cuts what is too long for a small context, in training as in evaluation.
  const overlong = own === undefined ? {} : ({ overlong: "cut" } as const)
  return clipTokenizer(yield* fromTaskEither(pairs), style, { context, ...overlong })
})

const remarksOf = (rows: readonly ClipRow[], request: OpenClipModel, remark: string | undefined): readonly string[] => [
  ...(rows.length > 1 && request.row === undefined && request.flavour === undefined
    ? [`its shapes are those of ${rows.join(", ")}; taken as ${rows[0]}; --row names another`]
    : []),
  ...(remark === undefined ? [] : [remark]),
]

/**
 * Opens a CLIP to score it: weights in any container, a run's folder (its export, or its newest checkpoint with the texts of
 * the CLIP it began with), or one checkpoint. Which model it is follows from names and shapes unless it is said. Files stay
 * open until the scope ends. Errors: `ModelUnclear`, `ConfigInvalid`, those of weights and of tokenizers.
 */
export const openClipModel = Effect.fn("openClipModel")(function* (
  request: OpenClipModel,
): Effect.fn.Return<ClipModel, OpenModelError, Scope.Scope> {
  yield* doing(`opening ${request.path}`)
  const { weights, part, file, remark } = yield* read(request)
  const rows = rowsOf(part)
  const row = request.row ?? rows[0]
  const beside = row === undefined ? yield* firstBeside(request, configBeside) : undefined
  const config = configOf(request, part, row, beside)
  if (config === undefined)
    return yield* unclear(
      file,
      "is neither a model of the zoo nor one whose sizes follow from its shapes",
      "give its configuration: --clip-config FILE, or --row NAME",
    )
  const clip = yield* fromEither(config)
  const flavour =
    request.flavour ?? (row === undefined ? (clip.family === "timm" ? "siglip6" : "openai") : flavourOf(row))
  const model: ClipModel = {
    name: request.name ?? request.path,
    config: clip,
    row,
    flavour,
    preset: chosenPreset(request, clip, row),
    tokenizer: yield* tokenizerOf(request, clip, flavour !== "openai" || beside !== undefined),
    weights,
    remarks: remarksOf(rows, request, remark),
  }
  return model
})
