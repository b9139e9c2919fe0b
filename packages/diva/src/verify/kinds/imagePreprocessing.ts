import { createHash } from "node:crypto"
import {
  crop,
  decodePicture,
  fitAndCrop,
  normalise,
  resize,
  rgbOf,
  squash,
  type ChannelStatistics,
  type Picture,
  type RgbImage,
} from "@diva/models"
import { resizeBilinear, type HostArray, type Tensor } from "@diva/tensor"
import { Effect } from "effect"
import { fromTaskEither } from "../../fromEither.ts"
import { Gpu } from "../../gpu/gpu.ts"
import { isThere } from "../../files/presence.ts"
import { readBytes } from "../../files/readText.ts"
import { CaseInvalid } from "../caseError.ts"
import { arraysUnder, readIfPresent, type Arrays } from "../caseTensors.ts"
import { isCount, isNumber, isNumbers, isObject, recordIn } from "../documentFields.ts"
import { exactly, fileIn, groupOf } from "../exact.ts"
import type { Document } from "../findCases.ts"
import { notUnderstood, type TensorResult } from "../group.ts"
import type { ReadableCase, SupportedKind } from "../kind.ts"

const largestSize = 4096
/** Stored floats reach 2.7: about eight units in their last place. */
const allowedFloat = 2e-6

const invalid = ({ file }: ReadableCase, rule: string) =>
  new CaseInvalid({ file, rule, remedy: "restore the file from its source" })

/** A JPEG's pixels depend on the decoder by a few levels, so those that a case stores beside it are taken first. */
const readPicture = Effect.fnUntraced(function* (found: ReadableCase, name: string) {
  const path = yield* fileIn(found, name)
  const file = (yield* isThere(`${path}.decoded.png`)) ? `${path}.decoded.png` : path
  const bytes = yield* Effect.mapError(readBytes(file), ({ rule }) => invalid(found, `${name}: ${rule}`))
  return yield* fromTaskEither(decodePicture(bytes, file))
})

const sizeOf = (result: Document): number | undefined => {
  const size = result["n"] ?? (isNumbers(result["size"]) ? result["size"][0] : undefined)
  return isCount(size) && size <= largestSize ? size : undefined
}

const boxOf = (result: Document) => {
  const box = recordIn(result, "box") ?? {}
  const [left, top, width, height] = [box["left"], box["top"], box["width"], box["height"]]
  return [left, top].every(Number.isSafeInteger) && isCount(width) && isCount(height)
    ? { left: left as number, top: top as number, width, height }
    : undefined
}

/** The pixels an operation makes; undefined for one this version does not know. */
const pixelsOf = (result: Document, image: Picture, size: number): RgbImage | undefined => {
  const op = String(result["op"])
  const box = boxOf(result)
  if (op === "openai_clip_preprocess") return rgbOf(fitAndCrop(image, size))
  if (op === "siglip_squash") return rgbOf(squash(image, size))
  return op.startsWith("random_resized_crop") && box !== undefined
    ? rgbOf(resize(crop(image, box), { width: size, height: size }))
    : undefined
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

const triple = (value: unknown): readonly [number, number, number] | undefined =>
  isNumbers(value) && value.length === 3 ? (value as unknown as readonly [number, number, number]) : undefined

const statisticsOf = (result: Document): ChannelStatistics | undefined => {
  const [mean, std] = [triple(result["mean"]), triple(result["std"])]
  return mean === undefined || std === undefined ? undefined : { mean, std }
}

const compareFloats = (name: string, got: ArrayLike<number>, want: ArrayLike<number>): TensorResult => {
  let error = got.length === want.length ? 0 : Infinity
  for (let i = 0; i < want.length; i++) error = Math.max(error, Math.abs((got[i] ?? Number.NaN) - (want[i] ?? 0)))
  const measured = Number.isNaN(error) ? Infinity : error
  return { name, error: measured, allowed: allowedFloat, maxError: measured, passed: measured <= allowedFloat }
}

/** The normalised pixels, where the case stores them as `clip224.SOURCE`. */
const compareNormalised = (result: Document, pixels: RgbImage, floats: Arrays): readonly TensorResult[] => {
  const name = `clip${pixels.width}.${String(result["src"])}`
  const [want, statistics] = [floats[name], statisticsOf(result)]
  return want === undefined || statistics === undefined || result["op"] !== "openai_clip_preprocess"
    ? []
    : [compareFloats(name, normalise(pixels, statistics), want.data)]
}

const titleOf = (result: Document): string =>
  `${String(result["op"])} ${String(sizeOf(result) ?? "of no size")} of ${String(result["src"])}`

/** Whether this version knows an operation and what the case expects of it. */
const isKnown = (result: Document): boolean => {
  const op = String(result["op"])
  if (isResize(result)) return storesResize(result)
  const isOp =
    op === "openai_clip_preprocess" ||
    op === "siglip_squash" ||
    (op.startsWith("random_resized_crop") && boxOf(result) !== undefined)
  return isOp && typeof result["sha256_rgb_hwc"] === "string"
}

const comparePixels = Effect.fnUntraced(function* (found: ReadableCase, result: Document, floats: Arrays) {
  const [size, source] = [sizeOf(result), String(result["src"])]
  if (size === undefined) return yield* invalid(found, "a result has no size")
  const pixels = pixelsOf(result, yield* readPicture(found, source), size)
  if (pixels === undefined) return []
  return [
    exactly(titleOf(result), sha256(pixels.data) === result["sha256_rgb_hwc"]),
    ...compareNormalised(result, pixels, floats),
  ]
})

const isResize = ({ op }: Document): boolean => op === "tensor_resize_bilinear_no_antialias"

const samplesField = "samples[c,y,x]"

const storesResize = (result: Document): boolean =>
  typeof result["float_tensor"] === "string" ||
  isObject(result[samplesField]) ||
  isNumber(result["sum"]) ||
  isNumber(result["sum_abs"])

/** A sum of some hundred thousand numbers, each right to 2e-6. */
const allowedSum = 1e-5

const compareSum = (name: string, got: number, want: unknown): readonly TensorResult[] => {
  if (!isNumber(want)) return []
  const error = Math.abs(got - want) / Math.max(1, Math.abs(want))
  return [{ name, error, allowed: allowedSum, maxError: error, passed: error <= allowedSum }]
}

/** Some numbers of a resized picture by their places, and sums over all. */
const compareSamples = (result: Document, y: ArrayLike<number>, size: number): readonly TensorResult[] => {
  const samples = Object.entries(recordIn(result, samplesField) ?? {})
  const at = (place: string): number => {
    const [c = -1, row = -1, column = -1] = place.split(",").map(Number)
    return y[(c * size + row) * size + column] ?? Number.NaN
  }
  const title = titleOf(result)
  let [sum, sumAbs] = [0, 0]
  for (let i = 0; i < y.length; i++) {
    sum += y[i]!
    sumAbs += Math.abs(y[i]!)
  }
  return [
    ...samples.map(([place, want]) => compareFloats(`${title} at ${place}`, [at(place)], [Number(want)])),
    ...compareSum(`${title}: sum`, sum, result["sum"]),
    ...compareSum(`${title}: sum of sizes`, sumAbs, result["sum_abs"]),
  ]
}

/** The resize inside the model, which training runs on the adapter: bilinear, without antialiasing. */
const compareResize = Effect.fnUntraced(function* (found: ReadableCase, result: Document, floats: Arrays) {
  const size = sizeOf(result)
  const stored = result["float_tensor"] === undefined ? undefined : String(result["float_tensor"]).split(" ")[0]!
  const want = stored === undefined ? undefined : floats[stored]
  if (size === undefined || (stored !== undefined && want === undefined))
    return yield* invalid(found, `a resize has no size, or its floats "${stored}" are not stored`)
  const image = yield* readPicture(found, String(result["src"]).split(",")[0] ?? "")
  const x: HostArray = { shape: [1, 3, image.height, image.width], dtype: "f32", data: normalise(image) }
  const gpu = yield* Gpu
  const compiled = yield* gpu.compile(
    ({ x: pixels }: { readonly x: Tensor }) => ({ y: resizeBilinear(pixels, [size, size]) }),
    { x: { shape: x.shape, dtype: x.dtype } },
    { name: "resize" },
  )
  const { y } = yield* Effect.flatMap(compiled.run({ x }), gpu.read)
  return [
    ...(want === undefined ? [] : [compareFloats(`${String(result["op"])} ${size}`, y.data, want.data)]),
    ...compareSamples(result, y.data, size),
  ]
}, Effect.scoped)

const readFloats = Effect.fnUntraced(function* (found: ReadableCase) {
  const isStored = yield* isThere(yield* fileIn(found, "floats.safetensors"))
  const file = isStored ? yield* readIfPresent(found, "floats.safetensors") : undefined
  return file === undefined ? {} : yield* arraysUnder(file)
})

/** What evaluation and training make of pictures before and inside the image tower. */
export const imagePreprocessing: SupportedKind = {
  name: "image preprocessing",
  accepts: (document) => Array.isArray(document["results"]),
  run: (found) =>
    Effect.gen(function* () {
      const results = (found.document["results"] as readonly unknown[]).filter(isObject)
      const floats: Arrays = yield* readFloats(found)
      const known = results.filter(isKnown)
      const pixels = yield* Effect.forEach(
        known.filter((result) => !isResize(result)),
        (result) => comparePixels(found, result, floats),
      )
      const resized = yield* Effect.forEach(known.filter(isResize), (result) => compareResize(found, result, floats))
      return [
        ...groupOf("pixels", pixels.flat()),
        ...groupOf("resize on the adapter", resized.flat()),
        ...notUnderstood(results.filter((result) => !isKnown(result)).map(titleOf)),
      ]
    }),
}
