import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import {
  checkNames,
  clipParameters,
  clipVisionTower,
  decodeImage,
  halfStatistics,
  openaiStatistics,
  parseClip,
  parseSafetensors,
  preprocessImage,
  shapesOf,
  type ClipConfig,
  type ImagePreset,
  type Params,
} from "@diva/models"
import type { HostArray, Tensor } from "@diva/tensor"
import { fromEither, fromTaskEither, Gpu } from "@diva/diva"
import { Effect } from "effect"
import { CaseInvalid } from "../caseError.ts"
import { arraysUnder, readCaseFile, specsOfArrays, type Arrays } from "../caseTensors.ts"
import { configIn } from "../configBounds.ts"
import { recordIn } from "../documentFields.ts"
import { exactly, fileIn } from "../exact.ts"
import { compareGroup, type GroupResult, type Pair } from "../group.ts"
import type { ReadableCase, SupportedKind } from "../kind.ts"

/** The reference's towers differ from f64 by at most 1e-6; twenty times that, as in the cases of towers alone. */
const bar = { l2: 2e-5, max: 2e-5 }

const largestWeights = 2 ** 30
const pictures = join("MMVP_VLM", "MLLM_VLM_Images")

const invalid = (file: string, rule: string) =>
  new CaseInvalid({ file, rule, remedy: "restore the file from its source" })

const attempt = <A>(file: string, read: () => A): Effect.Effect<A, CaseInvalid> =>
  Effect.try({ try: read, catch: (cause) => invalid(file, (cause as Error).message) })

/** Weights as they are, or behind gzip: a full vocabulary is mostly zeros. */
const readWeights = Effect.fnUntraced(function* (found: ReadableCase) {
  const file = yield* fileIn(found, String(found.document["weights"]))
  const bytes = yield* attempt(file, () => {
    const stored = readFileSync(file)
    return file.endsWith(".gz") ? gunzipSync(stored, { maxOutputLength: largestWeights }) : stored
  })
  const { tensors } = yield* fromEither(parseSafetensors(bytes, file))
  return { file, tensors }
})

const configOf = Effect.fnUntraced(function* (found: ReadableCase) {
  const raw = yield* configIn(found, "clip_config")
  return yield* fromEither(parseClip(raw))
})

/** The picture called `id.jpg` in one of the folders of categories. */
const pictureFile = ({ folder }: ReadableCase, id: string): Effect.Effect<string, CaseInvalid> => {
  const root = join(folder, pictures)
  return Effect.flatMap(
    attempt(root, () => readdirSync(root, { recursive: true, encoding: "utf8" })),
    (names) => {
      const name = names.find((path) => path.split(/[\\/]/).at(-1) === `${id}.jpg`)
      return name === undefined
        ? Effect.fail(invalid(root, `holds no picture ${id}.jpg`))
        : Effect.succeed(join(root, name))
    },
  )
}

/** SigLIP's towers see the whole picture squashed, the others its middle square. */
const presetOf = ({ family, vision }: ClipConfig): ImagePreset =>
  family === "timm"
    ? { size: vision.imageSize, fit: "squash", statistics: halfStatistics }
    : { size: vision.imageSize, fit: "crop", statistics: openaiStatistics }

const preprocess = Effect.fnUntraced(function* (found: ReadableCase, id: string, preset: ImagePreset) {
  const file = yield* pictureFile(found, id)
  const bytes = yield* attempt(file, () => readFileSync(file))
  const image = yield* fromTaskEither(decodeImage(bytes, file))
  const { size } = preset
  const pixels: HostArray = { shape: [3, size, size], dtype: "f32", data: preprocessImage(preset, image) }
  return pixels
})

const pair = (name: string, got: HostArray, want: HostArray): Pair => ({
  name,
  got: { shape: got.shape, values: got.data },
  want: { shape: want.shape, values: want.data },
})

interface Arguments {
  readonly params: Params
  readonly image: Tensor
}

const tokensOf = Effect.fnUntraced(function* (config: ClipConfig, params: Arrays, pixels: HostArray) {
  const gpu = yield* Gpu
  const image: HostArray = { ...pixels, shape: [1, ...pixels.shape] }
  const compiled = yield* gpu.compile(
    ({ params: given, image: x }: Arguments) => ({ tokens: clipVisionTower(config)(given, x).tokens }),
    { params: specsOfArrays(params), image: { shape: image.shape, dtype: image.dtype } },
    { name: "image tower" },
  )
  const { tokens } = yield* Effect.flatMap(compiled.run({ params, image }), gpu.read)
  return tokens
}, Effect.scoped)

const flavourOf = ({ document }: ReadableCase): string =>
  String(document["flavour"] ?? String(document["case"]).split("/").at(-1))

const compareStored = Effect.fnUntraced(function* (found: ReadableCase, config: ClipConfig, params: Arrays) {
  const features = yield* arraysUnder(
    yield* readCaseFile(yield* fileIn(found, `features_${flavourOf(found)}.safetensors`)),
  )
  const pairs = yield* Effect.forEach(Object.entries(features), ([name, want]) =>
    Effect.gen(function* () {
      const [, kind, id] = /^(preprocessed|image_tokens)_(\d+)$/.exec(name) ?? []
      if (kind === undefined || id === undefined)
        return { name, got: undefined, want: { shape: want.shape, values: want.data } }
      const pixels = yield* preprocess(found, id, presetOf(config))
      return pair(name, kind === "preprocessed" ? pixels : yield* tokensOf(config, params, pixels), want)
    }),
  )
  return pairs.length === 0 ? [] : [compareGroup("pictures and tokens", pairs, bar)]
})

const visionOnly = (arrays: Arrays): Arrays =>
  Object.fromEntries(Object.entries(arrays).filter(([name]) => name.startsWith("visual.")))

/** MMVP's pictures through preprocessing and the image tower. The scores made of them are not part of this kind. */
export const mmvpTowers: SupportedKind = {
  name: "MMVP towers (scores are not computed)",
  accepts: (document) =>
    recordIn(document, "scores_percent") !== undefined &&
    recordIn(document, "clip_config") !== undefined &&
    typeof document["weights"] === "string",
  run: (found) =>
    Effect.gen(function* () {
      const config = yield* configOf(found)
      const weights = yield* readWeights(found)
      const stored = { file: weights.file, entries: weights.tensors }
      const names = yield* fromEither(checkNames(shapesOf(clipParameters(config)), stored))
      const listed: GroupResult = {
        name: "weights",
        tensors: [exactly(`${names.length} names and shapes`, true)],
        passed: true,
      }
      return [listed, ...(yield* compareStored(found, config, visionOnly(yield* arraysUnder(weights))))]
    }),
}
