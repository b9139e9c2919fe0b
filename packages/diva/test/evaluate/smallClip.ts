import { readFileSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"
import { clipTower, Gpu, towerFeatures, type ClipModel, type FeaturesOptions, EvaluationEvents } from "@diva/diva"
import {
  clipTokenizer,
  openaiVocabulary,
  openaiStatistics,
  parseOpenaiClip,
  parseSafetensors,
  toFloat32,
} from "@diva/models"
import { Effect, Layer } from "effect"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"

const mmvp = fileURLToPath(new URL("../../../cli/test/golden/09_mmvp", import.meta.url))

const right = <A>(either: Either<unknown, A>): A => {
  if (E.isRight(either)) return either.right
  throw either.left
}

/** The folder of a small MMVP. */
export const smallMmvp: string = mmvp

/** The 36 pictures of the small MMVP, in the order of their numbers. */
export const smallPictures = (): readonly Uint8Array[] =>
  readdirSync(join(mmvp, "MMVP_VLM"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".jpg"))
    .toSorted((a, b) => Number.parseInt(a.split("/").at(-1)!) - Number.parseInt(b.split("/").at(-1)!))
    .map((name) => readFileSync(join(mmvp, "MMVP_VLM", name)))

/** A CLIP of two layers whose vocabulary is the real one. */
export const smallClip = async (): Promise<ClipModel> => {
  const { clip_config: raw } = JSON.parse(readFileSync(join(mmvp, "expected_openai.json"), "utf8")) as {
    readonly clip_config: unknown
  }
  const config = right(parseOpenaiClip(raw))
  const bytes = gunzipSync(readFileSync(join(mmvp, "weights_clip.safetensors.gz")))
  const { tensors } = right(parseSafetensors(bytes, "weights"))
  const weights = new Map(
    [...tensors].map(([name, tensor]) => [
      name,
      { shape: tensor.shape, dtype: "f32" as const, data: right(toFloat32(tensor)) },
    ]),
  )
  return {
    name: "small",
    config,
    row: undefined,
    flavour: "openai",
    preset: { size: config.vision.imageSize, fit: "crop", statistics: openaiStatistics },
    tokenizer: clipTokenizer(right(await openaiVocabulary()), "openai"),
    weights,
    remarks: [],
  }
}

/** Features of a model by the CPU references of the ops. */
export const interpretedFeatures = (
  model: ClipModel,
  {
    events = EvaluationEvents.layerSilent,
    ...options
  }: FeaturesOptions & { readonly events?: Layer.Layer<EvaluationEvents> } = {},
) =>
  Layer.unwrap(
    Effect.map(clipTower(model), (tower) => towerFeatures(tower, { workers: 0, batch: 16, ...options })),
  ).pipe(Layer.provideMerge(Gpu.layerInterpreter), Layer.provideMerge(events))
