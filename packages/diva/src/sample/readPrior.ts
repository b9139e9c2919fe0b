import * as path from "node:path"
import {
  parseNoiseSchedule,
  parseSdText,
  parseUnet,
  parseVae,
  readDiffusionTokenizer,
  type Tokenizer,
  type VaeConfig,
  type WeightsError,
} from "@diva/models"
import { Effect } from "effect"
import type { ConfigsError } from "../sources/modelConfigs.ts"
import { readObject } from "../files/readObject.ts"
import { fromEither, fromTaskEither } from "../fromEither.ts"
import type { ConfigSet } from "../objective/standardModels.ts"
import { readModel } from "../pretrain/modelFolder.ts"
import type { NamedArrays } from "../weights/namedArrays.ts"

/** Everything that reading a diffusion model can fail by. */
export type ReadPriorError = ConfigsError | WeightsError

/** A whole text-conditioned diffusion model with its decoder, as a folder in diffusers' layout holds it. */
export interface WholePrior {
  readonly configs: Omit<ConfigSet, "clip">
  readonly tokenizer: Tokenizer
  readonly unet: NamedArrays
  readonly text: NamedArrays
  /** Encoder and decoder. */
  readonly vae: NamedArrays
}

/** A VAE with its decoder: what its folder in diffusers' layout holds. */
export interface WholeVae {
  readonly config: VaeConfig
  readonly weights: NamedArrays
}

/** Reads a VAE's folder. Errors: `ConfigInvalid`, those of weight files. */
export const readVae = Effect.fn("readVae")(function* (folder: string): Effect.fn.Return<WholeVae, ReadPriorError> {
  const config = yield* fromEither(parseVae(yield* readObject(path.join(folder, "config.json"))))
  return { config, weights: yield* readModel(folder) }
})

/**
 * Reads a folder in diffusers' layout: `unet`, `vae`, `text_encoder`, `tokenizer`, `scheduler`.
 * Errors: `ConfigInvalid`, `VocabularyInvalid`, those of weight files.
 */
export const readPrior = Effect.fn("readPrior")(function* (
  folder: string,
): Effect.fn.Return<WholePrior, ReadPriorError> {
  const at = (...names: readonly string[]): string => path.join(folder, ...names)
  const vae = yield* readVae(at("vae"))
  const configs: WholePrior["configs"] = {
    unet: yield* fromEither(parseUnet(yield* readObject(at("unet", "config.json")))),
    vae: vae.config,
    text: yield* fromEither(parseSdText(yield* readObject(at("text_encoder", "config.json")))),
    noise: yield* fromEither(parseNoiseSchedule(yield* readObject(at("scheduler", "scheduler_config.json")))),
  }
  const { context } = configs.text
  const prior: WholePrior = {
    configs,
    tokenizer: yield* fromTaskEither(readDiffusionTokenizer(at("tokenizer"), { context, overlong: "cut" })),
    unet: yield* readModel(at("unet")),
    text: yield* readModel(at("text_encoder")),
    vae: vae.weights,
  }
  return prior
})
