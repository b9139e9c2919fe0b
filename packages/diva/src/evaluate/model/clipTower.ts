import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import { checkNames, clipParameters, patchCount, shapesOf, type ClipConfig, type Params } from "@diva/models"
import type { Spec, Tensor } from "@diva/tensor"
import { Gpu } from "../../gpu/gpu.ts"
import type { ArraysOf, SpecsOf } from "../../gpu/machineArray.ts"
import { fromEither } from "../../fromEither.ts"
import { putWeights } from "../../weights/putWeights.ts"
import { specTree } from "../../weights/specTree.ts"
import { loadArray, weightsHash, type NamedWeights } from "../../weights/weightArray.ts"
import { imageVectors, textVectors, type ImageArguments, type TextArguments } from "../features/imageVectors.ts"
import { pixelFormat } from "../features/pixelBatch.ts"
import type { ImageBatch, PixelArguments, Send, Tower } from "../features/tower.ts"
import type { ScoringRule, Temperature } from "../rules/scoringRule.ts"
import type { ClipModel } from "./clipModel.ts"

const isVisual = (name: string): boolean => name.startsWith("visual.")
const isScalar = (name: string): boolean => name === "logit_scale" || name === "logit_bias"

const only = (weights: NamedWeights, isWanted: (name: string) => boolean): NamedWeights =>
  new Map([...weights].filter(([name]) => isWanted(name)))

const treeOf = (weights: NamedWeights) => Object.fromEntries(weights)

const numberIn = (weights: NamedWeights, name: string) => {
  const array = weights.get(name)
  return array === undefined ? Effect.succeed(undefined) : Effect.map(loadArray(array), ({ data }) => data[0])
}

/** Scale and bias as a checkpoint holds them. Errors: those of reading weights. */
export const temperatureOf = Effect.fnUntraced(function* (weights: NamedWeights) {
  const [scale, bias] = [yield* numberIn(weights, "logit_scale"), yield* numberIn(weights, "logit_bias")]
  const temperature: Temperature = { scale: Math.exp(scale ?? Math.log(100)), bias: bias ?? 0 }
  return temperature
})

/** Everything a program that describes pictures takes. */
interface Described extends PixelArguments {
  readonly params: Params
}

/** Pixels as they come, to vectors as the rule says. */
export const describePixels =
  ({ config, preset }: Pick<ClipModel, "config" | "preset">, rule: ScoringRule) =>
  ({ params, pixels, shares }: Described): { readonly vectors: Tensor } => {
    const images: ImageArguments["images"] = pixelFormat(preset).unpack(pixels)
    return imageVectors(config, rule)({ params, images, ...(shares === undefined ? {} : { shares }) })
  }

/** Shapes of a batch of pictures. */
export const batchSpecs = (
  { preset, config }: Pick<ClipModel, "config" | "preset">,
  rule: ScoringRule,
  batch: number,
  draws: number,
) => ({
  pixels: pixelFormat(preset).spec(batch),
  ...(rule.drawn === undefined
    ? {}
    : { shares: { shape: [batch, draws, patchCount(config.vision)], dtype: "f32" } satisfies Spec }),
})

const widthOf = ({ embedWidth }: ClipConfig): number => embedWidth

const checkedWeights = ({ name, config, weights }: ClipModel) => {
  const entries = new Map([...weights].map(([key, { shape }]) => [key, { shape }]))
  return pipe(
    checkNames(shapesOf(clipParameters(config)), { file: name, entries }),
    E.map(() => weights),
  )
}

/**
 * A CLIP as two towers on the machine. Weights are put there when a tower is first used, and stay for the scope's life.
 * Errors: `NamesMismatch`, those of reading weights.
 */
export const clipTower = Effect.fn("clipTower")(function* (model: ClipModel) {
  const { config, preset, tokenizer } = model
  const weights = yield* fromEither(checkedWeights(model))
  const [visual, text] = [only(weights, isVisual), only(weights, (name) => !isVisual(name) && !isScalar(name))]
  const put = (part: NamedWeights) => Effect.cached(putWeights<Params>(treeOf(part)))
  const [images, texts] = [yield* put(visual), yield* put(text)]
  const tower: Tower = {
    imageHash: yield* weightsHash(visual),
    textHash: yield* weightsHash(text),
    preset,
    patches: patchCount(config.vision),
    width: widthOf(config),
    temperature: yield* temperatureOf(weights),
    tokenizer,
    openImages: Effect.fnUntraced(function* (rule, batch, draws) {
      const gpu = yield* Gpu
      const params = yield* images
      const specs = { params: specTree<Params>(treeOf(visual)), ...batchSpecs(model, rule, batch, draws) }
      const program = yield* gpu.compile(describePixels(model, rule), specs as SpecsOf<Described>, {
        name: `images, ${rule.title}`,
      })
      const send: Send<ImageBatch> = (given) => program.run({ params, ...given } as ArraysOf<Described>)
      return send
    }),
    openTexts: Effect.fnUntraced(function* (batch) {
      const gpu = yield* Gpu
      const params = yield* texts
      const specs: SpecsOf<TextArguments> = {
        params: specTree<Params>(treeOf(text)),
        ids: { shape: [batch, config.text.context], dtype: "i32" },
      }
      const program = yield* gpu.compile(textVectors(config), specs, { name: "texts" })
      return (ids) => program.run({ params, ids })
    }),
  }
  return tower
})
