import * as path from "node:path"
import { readClipVocabulary, writeSafetensors, openWeights, type BytePairs, type WeightsError } from "@diva/models"
import { Effect } from "effect"
import { writeJson } from "../files/writeJson.ts"
import { writeText } from "../files/writeText.ts"
import { fromTaskEither } from "../fromEither.ts"
import { fileWeights } from "../weights/fileWeights.ts"
import { toWrite, type NamedArrays } from "../weights/namedArrays.ts"
import { inHalf, loadArray } from "../weights/weightArray.ts"
import { doing } from "../doing.ts"

/** How a kind of model is stored, as those who publish such models store it. */
export interface StoredAs {
  readonly weights: string
  readonly config: string
}

/** OpenCLIP's names, and diffusers'. */
export const storedAs = {
  clip: { weights: "open_clip_model.safetensors", config: "open_clip_config.json" },
  diffusers: { weights: "diffusion_pytorch_model.safetensors", config: "config.json" },
  transformers: { weights: "model.safetensors", config: "config.json" },
} as const satisfies Readonly<Record<string, StoredAs>>

/** Weights rounded to f16, to nearest even. */
const halved = (weights: NamedArrays) =>
  Effect.map(
    Effect.forEach([...weights], ([name, array]) =>
      Effect.map(loadArray(inHalf(array)), (half) => [name, half] as const),
    ),
    (entries): NamedArrays => new Map(entries),
  )

/** Writes a model: weights as f16 safetensors and its configuration. Errors: file errors. */
export const writeModel = Effect.fn("writeModel")(function* (
  folder: string,
  { weights: file, config: configFile }: StoredAs,
  config: unknown,
  weights: NamedArrays,
): Effect.fn.Return<void, WeightsError> {
  yield* doing(`writing ${folder}`)
  yield* writeJson(path.join(folder, configFile), config)
  yield* fromTaskEither(writeSafetensors(path.join(folder, file), toWrite(yield* halved(weights)), { format: "pt" }))
})

/** Every weight of a model in any container, as f32. Errors: those of weight files. */
export const readModel = (folder: string): Effect.Effect<NamedArrays, WeightsError> =>
  Effect.scoped(
    Effect.gen(function* () {
      yield* doing(`reading ${folder}`)
      const file = yield* Effect.acquireRelease(fromTaskEither(openWeights(folder)), ({ close }) =>
        Effect.promise(close),
      )
      const loaded = yield* Effect.forEach([...fileWeights(file)], ([name, array]) =>
        Effect.map(loadArray(array), (read) => [name, read] as const),
      )
      const weights: NamedArrays = new Map(loaded)
      return weights
    }),
  )

/** Writes a vocabulary as CLIP's tokenizers have it: `vocab.json` and `merges.txt`. Errors: file errors. */
export const writeVocabulary = Effect.fn("writeVocabulary")(function* (folder: string, { ids, ranks }: BytePairs) {
  const merges = [...ranks].toSorted(([, a], [, b]) => a - b).map(([pair]) => pair)
  yield* writeText(path.join(folder, "vocab.json"), `${JSON.stringify(Object.fromEntries(ids))}\n`)
  yield* writeText(path.join(folder, "merges.txt"), `#version: 0.2\n${merges.join("\n")}\n`)
})

/** A vocabulary that `writeVocabulary` wrote, or one that came with weights. Errors: `VocabularyInvalid`. */
export const readVocabulary = (folder: string) => fromTaskEither(readClipVocabulary(folder))
