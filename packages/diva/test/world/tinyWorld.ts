import * as path from "node:path"
import {
  clipParameters,
  parseClip,
  parseNoiseSchedule,
  parseSdText,
  parseUnet,
  parseVae,
  sdTextParameters,
} from "@diva/models"
import { initialise, trainBytePairs, unetParameters, vaeParameters, type Parameter } from "@diva/models"
import { Effect } from "effect"
import { writeJson } from "../../src/files/writeJson.ts"
import { fromEither } from "../../src/fromEither.ts"
import { storedAs, writeModel, writeVocabulary } from "../../src/pretrain/index.ts"
import { unselectedPairs, worldIn, worldModels, writePairs } from "../../src/world/index.ts"
import { smallestWorldModels } from "./smallestWorldModels.ts"

const size = 16
const { clip, vae, unet, text_encoder: text } = smallestWorldModels(520, 64)

const fresh = (parameters: readonly Parameter[], seed: number) => new Map(Object.entries(initialise(parameters, seed)))

const pairsOf = (seed: number) => Effect.map(unselectedPairs({ pairs: 1, seed, size }), (pairs) => ({ pairs, seed }))

/** A world of the smallest models, of random weights, as folders: one pair of each pattern in both benchmarks. */
export const tinyWorld = Effect.fnUntraced(function* (folder: string) {
  const world = worldIn(folder)
  const vocabulary = trainBytePairs(["a red ball", "a red ball", "a red cat"], 6)
  const at = (name: string): string => path.join(world.diffusion, name)
  const clipWeights = fresh(clipParameters(yield* fromEither(parseClip(clip))), 1)
  yield* writeModel(world.clip, storedAs.clip, { model_cfg: clip }, clipWeights)
  yield* writeVocabulary(world.clip, vocabulary)
  yield* writeModel(at("unet"), storedAs.diffusers, unet, fresh(unetParameters(yield* fromEither(parseUnet(unet))), 2))
  yield* writeModel(at("vae"), storedAs.diffusers, vae, fresh(vaeParameters(yield* fromEither(parseVae(vae))), 3))
  const encoder = fresh(sdTextParameters(yield* fromEither(parseSdText(text))), 4)
  yield* writeModel(at("text_encoder"), storedAs.transformers, text, encoder)
  yield* fromEither(parseNoiseSchedule(worldModels.scheduler))
  yield* writeJson(path.join(at("scheduler"), "scheduler_config.json"), worldModels.scheduler)
  yield* writeVocabulary(at("tokenizer"), vocabulary)
  for (const [set, chosen] of [
    [world.confused, yield* pairsOf(5)],
    [world.control, yield* pairsOf(6)],
  ] as const)
    yield* writePairs(set, chosen.pairs, { selection: "none", seed: chosen.seed, size })
  return world
})
