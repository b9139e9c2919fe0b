import { createHash } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
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
import { fromTaskEither, Gpu } from "@diva/diva"
import { CaseInvalid } from "../caseError.ts"
import { arraysUnder, readIfPresent, type Arrays } from "../caseTensors.ts"
import { isCount, isNumbers, isObject, recordIn } from "../documentFields.ts"
import { exactly, fileIn, groupOf } from "../exact.ts"
import type { Document } from "../findCases.ts"
import type { TensorResult } from "../group.ts"
import type { ReadableCase, SupportedKind } from "../kind.ts"

const largestSize = 4096
/** Stored floats reach 2.7: about eight units in their last place. */
const allowedFloat = 2e-6

const invalid = ({ file }: ReadableCase, rule: string) =>
  new CaseInvalid({ file, rule, remedy: "restore the file from its source" })

/** A JPEG's pixels depend on the decoder by a few levels, so those that a case stores beside it are taken first. */
const readPicture = Effect.fnUntraced(function* (found: ReadableCase, name: string) {
  const path = yield* fileIn(found, name)
  const file = existsSync(`${path}.decoded.png`) ? `${path}.decoded.png` : path
  const bytes = yield* Effect.try({ try: () => readFileSync(file), catch: (cause) => invalid(found, String(cause)) })
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

const comparePixels = Effect.fnUntraced(function* (found: ReadableCase, result: Document, floats: Arrays) {
  const [size, source] = [sizeOf(result), String(result["src"])]
  const name = `${String(result["op"])} ${size} of ${source}`
  if (size === undefined) return yield* invalid(found, `a result has no size`)
  const pixels = pixelsOf(result, yield* readPicture(found, source), size)
  if (pixels === undefined) return [exactly(`${name}: not known to this version`, false)]
  return [exactly(name, sha256(pixels.data) === result["sha256_rgb_hwc"]), ...compareNormalised(result, pixels, floats)]
})

/** The resize inside the model, which training runs on the adapter: bilinear, without antialiasing. */
const compareResize = Effect.fnUntraced(function* (found: ReadableCase, result: Document, floats: Arrays) {
  const size = sizeOf(result)
  const want = floats[String(result["float_tensor"]).split(" ")[0] ?? ""]
  if (size === undefined || want === undefined) return yield* invalid(found, "a resize has no size or no stored floats")
  const image = yield* readPicture(found, String(result["src"]).split(",")[0] ?? "")
  const x: HostArray = { shape: [1, 3, image.height, image.width], dtype: "f32", data: normalise(image) }
  const gpu = yield* Gpu
  const compiled = yield* gpu.compile(
    ({ x: pixels }: { readonly x: Tensor }) => ({ y: resizeBilinear(pixels, [size, size]) }),
    { x: { shape: x.shape, dtype: x.dtype } },
    { name: "resize" },
  )
  const { y } = yield* Effect.flatMap(compiled.run({ x }), gpu.read)
  return [compareFloats(`${String(result["op"])} ${size}`, y.data, want.data)]
}, Effect.scoped)

const readFloats = Effect.fnUntraced(function* (found: ReadableCase) {
  const file = existsSync(join(found.folder, "floats.safetensors"))
    ? yield* readIfPresent(found, "floats.safetensors")
    : undefined
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
      const isResize = ({ op }: Document): boolean => op === "tensor_resize_bilinear_no_antialias"
      const pixels = yield* Effect.forEach(
        results.filter((result) => !isResize(result)),
        (result) => comparePixels(found, result, floats),
      )
      const resized = yield* Effect.forEach(results.filter(isResize), (result) => compareResize(found, result, floats))
      return [...groupOf("pixels", pixels.flat()), ...groupOf("resize on the adapter", resized.flat())]
    }),
}
