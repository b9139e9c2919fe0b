import { gunzipSync } from "node:zlib"
import {
  checkNames,
  clipParameters,
  decodePicture,
  halfStatistics,
  openaiStatistics,
  parseClip,
  parseSafetensors,
  preprocessImage,
  shapesOf,
  type ClipConfig,
  type ImagePreset,
} from "@diva/models"
import { openMmvp, type MmvpData } from "../../evaluate/mmvp/mmvpFolder.ts"
import { divaRules, isFlavour, type Flavour } from "../../evaluate/rules/flavours.ts"
import { isThere } from "../../files/presence.ts"
import { readBytes } from "../../files/readText.ts"
import { fromEither, fromTaskEither } from "../../fromEither.ts"
import type { HostArray } from "@diva/tensor"
import { Effect } from "effect"
import { CaseInvalid } from "../caseError.ts"
import { arraysUnder, readCaseFile, type Arrays } from "../caseTensors.ts"
import { configIn } from "../configBounds.ts"
import { fileIn } from "../exact.ts"
import type { CaseError, ReadableCase } from "../kind.ts"

/** Everything a case of MMVP's scores holds. */
export interface MmvpCase {
  readonly found: ReadableCase
  readonly flavour: Flavour
  readonly config: ClipConfig
  readonly params: Arrays
  readonly data: MmvpData
  /** Names of the checkpoint that were compared with the model's. */
  readonly names: number
}

const largestWeights = 2 ** 30

export const caseInvalid = (file: string, rule: string): CaseInvalid =>
  new CaseInvalid({ file, rule, remedy: "restore the file from its source" })

const bytesOf = (file: string): Effect.Effect<Uint8Array, CaseInvalid> =>
  Effect.mapError(readBytes(file), ({ rule }) => caseInvalid(file, rule))

const unzipped = (file: string, stored: Uint8Array): Effect.Effect<Uint8Array, CaseInvalid> =>
  Effect.try({
    try: () => gunzipSync(stored, { maxOutputLength: largestWeights }),
    catch: (cause) => caseInvalid(file, (cause as Error).message),
  })

/** The flavour by its field, or by the last part of the case's name. */
const flavourOf = ({ document, file }: ReadableCase): Effect.Effect<Flavour, CaseInvalid> => {
  const named = String(document["flavour"] ?? String(document["case"]).split("/").at(-1))
  return isFlavour(named)
    ? Effect.succeed(named)
    : Effect.fail(
        caseInvalid(file, `flavour ${JSON.stringify(named)} is not one of ${Object.keys(divaRules).join(", ")}`),
      )
}

const configOf = Effect.fnUntraced(function* (found: ReadableCase) {
  const raw = yield* configIn(found, "clip_config")
  return yield* fromEither(parseClip(raw))
})

/** Weights as they are, or behind gzip: a full vocabulary is mostly zeros. */
const readWeights = Effect.fnUntraced(function* (found: ReadableCase) {
  const file = yield* fileIn(found, String(found.document["weights"]))
  const stored = yield* bytesOf(file)
  const bytes = file.endsWith(".gz") ? yield* unzipped(file, stored) : stored
  const { tensors } = yield* fromEither(parseSafetensors(bytes, file))
  return { file, tensors }
})

/** Reads a case. Errors: `CaseInvalid`, those of weights and of MMVP's folder. */
export const readMmvpCase = Effect.fn("readMmvpCase")(function* (
  found: ReadableCase,
): Effect.fn.Return<MmvpCase, CaseError> {
  const flavour = yield* flavourOf(found)
  const config = yield* configOf(found)
  const weights = yield* readWeights(found)
  const stored = { file: weights.file, entries: weights.tensors }
  const names = yield* fromEither(checkNames(shapesOf(clipParameters(config)), stored))
  const data = yield* openMmvp(found.folder)
  const read: MmvpCase = {
    found,
    flavour,
    config,
    params: yield* arraysUnder(weights),
    data,
    names: names.length,
  }
  return read
})

/** A file of tensors that a case of this kind may lack. */
export const tensorsOf = Effect.fnUntraced(function* (found: ReadableCase, name: string) {
  const file = yield* fileIn(found, name)
  return (yield* isThere(file)) ? yield* arraysUnder(yield* readCaseFile(file)) : {}
})

/** SigLIP's towers see the whole picture squashed, the others its middle square. */
const presetOf = ({ family, vision }: ClipConfig): ImagePreset =>
  family === "timm"
    ? { size: vision.imageSize, fit: "squash", statistics: halfStatistics }
    : { size: vision.imageSize, fit: "crop", statistics: openaiStatistics }

/** The picture of a question as its tower takes it: f32 [3, size, size]. */
export const pictureOf = Effect.fnUntraced(function* ({ data, config, found }: MmvpCase, id: string) {
  const question = data.pairs.flatMap(({ questions }) => questions).find((each) => each.id === id)
  const file = question === undefined ? undefined : data.imageFile(question)
  if (file === undefined) return yield* caseInvalid(found.file, `there is no picture of question ${id}`)
  const bytes = yield* bytesOf(file)
  const preset = presetOf(config)
  const pixels = preprocessImage(preset, yield* fromTaskEither(decodePicture(bytes, file)))
  const array: HostArray = { shape: [3, preset.size, preset.size], dtype: "f32", data: pixels }
  return array
})

/** The parameters whose names begin in a way. */
export const paramsWhere = (params: Arrays, isWanted: (name: string) => boolean): Arrays =>
  Object.fromEntries(Object.entries(params).filter(([name]) => isWanted(name)))
