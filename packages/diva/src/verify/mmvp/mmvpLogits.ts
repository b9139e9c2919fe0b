import { patchCount } from "@diva/models"
import { imageVectors, textVectors, type ImageArguments } from "../../evaluate/features/imageVectors.ts"
import { dot, vectorAt, type VectorTable } from "../../evaluate/features/vectorTable.ts"
import type { PairLogits, TextLogits } from "../../evaluate/mmvp/pairScore.ts"
import { divaRules } from "../../evaluate/rules/flavours.ts"
import type { Temperature } from "../../evaluate/rules/scoringRule.ts"
import { Gpu } from "../../gpu/gpu.ts"
import type { HostArray } from "@diva/tensor"
import { Effect } from "effect"
import { specsOfArrays, type Arrays } from "../caseTensors.ts"
import { storedShares } from "./mmvpDraws.ts"
import { caseInvalid, paramsWhere, pictureOf, type MmvpCase } from "./mmvpCase.ts"
import { textIds } from "./mmvpTexts.ts"

const isVisual = (name: string): boolean => name.startsWith("visual.")

const stacked = (arrays: readonly HostArray[]): HostArray => {
  const { shape, data } = arrays[0]!
  const all = new Float32Array(arrays.length * data.length)
  arrays.forEach((array, i) => all.set(array.data, i * data.length))
  return { shape: [arrays.length, ...shape], dtype: "f32", data: all }
}

const tableOf = ({ shape, data }: HostArray): VectorTable => ({
  width: shape.at(-1)!,
  values: Float32Array.from(data),
})

const describeImages = Effect.fnUntraced(function* (read: MmvpCase) {
  const { config, flavour, data, found } = read
  const gpu = yield* Gpu
  const rule = divaRules[flavour]
  const ids = data.pairs.flatMap(({ questions }) => questions.map(({ id }) => id))
  const images = stacked(yield* Effect.forEach(ids, (id) => pictureOf(read, id)))
  const shares = yield* storedShares(read, patchCount(config.vision))
  if ("drawn" in rule && shares === undefined)
    return yield* caseInvalid(found.file, `names no draws in "random_draws", which ${flavour}'s scores depend on`)
  const given = { params: paramsWhere(read.params, isVisual), images, ...(shares === undefined ? {} : { shares }) }
  const specs = {
    ...specsOfArrays({ images, ...(shares === undefined ? {} : { shares }) }),
    params: specsOfArrays(given.params),
  }
  const compiled = yield* gpu.compile<ImageArguments, { readonly vectors: ImageArguments["images"] }>(
    imageVectors(config, rule),
    specs as never,
    { name: "images" },
  )
  const { vectors } = yield* Effect.flatMap(compiled.run(given as never), gpu.read)
  return tableOf(vectors)
}, Effect.scoped)

const describeTexts = Effect.fnUntraced(function* (read: MmvpCase) {
  const gpu = yield* Gpu
  const ids = yield* textIds(read)
  const params: Arrays = paramsWhere(read.params, (name) => !isVisual(name))
  const compiled = yield* gpu.compile(
    textVectors(read.config),
    { params: specsOfArrays(params), ids: { shape: ids.shape, dtype: ids.dtype } },
    { name: "texts" },
  )
  const { vectors } = yield* Effect.flatMap(compiled.run({ params, ids }), gpu.read)
  return tableOf(vectors)
}, Effect.scoped)

const temperatureOf = ({ params }: MmvpCase): Temperature => ({
  scale: Math.exp(params["logit_scale"]!.data[0]!),
  bias: params["logit_bias"]?.data[0] ?? 0,
})

/** Logits of every pair, as the flavour's evaluation computes them with the case's own draws. */
export const mmvpLogits = Effect.fn("mmvpLogits")(function* (read: MmvpCase) {
  const images = yield* describeImages(read)
  const texts = yield* describeTexts(read)
  const rule = divaRules[read.flavour]
  const temperature = temperatureOf(read)
  const draws = "drawn" in rule ? 2 : 1
  return read.data.pairs.map((_, pair): PairLogits => {
    const logit = (text: number, image: number): number => {
      const vector = vectorAt(images, (2 * pair + image) * draws + (draws === 2 ? text : 0))
      return rule.logit(dot(vector, vectorAt(texts, 2 * pair + text)), temperature)
    }
    const ofText = (text: number): TextLogits => [logit(text, 0), logit(text, 1)]
    return [ofText(0), ofText(1)]
  })
})
