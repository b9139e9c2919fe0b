import * as path from "node:path"
import {
  clipTokenizer,
  parseClip,
  parseNoiseSchedule,
  parseSdText,
  parseUnet,
  parseVae,
  type BytePairs,
  type ClipTokenStyle,
} from "@diva/models"
import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import type { Gpu } from "../gpu/gpu.ts"
import type { ConfigsError } from "../sources/modelConfigs.ts"
import type { PretrainError } from "./pretrain.ts"
import { Shards } from "../data/index.ts"
import { mse, type Loss } from "../objective/loss.ts"
import { titleOf } from "../titled.ts"
import { readObject } from "../files/readObject.ts"
import { writeJson } from "../files/writeJson.ts"
import { fromEither } from "../fromEither.ts"
import type { Json } from "../json.ts"
import type { EventSink } from "../train/observe/events.ts"
import type { NamedArrays } from "../weights/namedArrays.ts"
import { attributeWords } from "../scenes/attributes.ts"
import { attributeClassifier, judgeChannels } from "./attributes.ts"
import { autoencoder } from "./autoencoder.ts"
import { begunWith } from "./begunWith.ts"
import { contrastive, type CaptionIds } from "./contrastive.ts"
import { denoising, denoisingParts } from "./denoising.ts"
import { latentDeviation } from "./latentDeviation.ts"
import { readModel, storedAs, writeModel, writeVocabulary } from "./modelFolder.ts"
import { pretrainInFolder } from "./pretrainInFolder.ts"
import type { PretrainSettings } from "./pretraining.ts"

/** Everything that learning a model into a folder can fail by. */
export type LearnModelError = PretrainError | ConfigsError

type RawConfig = Readonly<Record<string, unknown>>

/** What every pre-training in a folder takes. */
export interface PretrainRequest {
  readonly folder: string
  readonly settings: PretrainSettings
  readonly commandLine: readonly string[]
  readonly sinks?: readonly EventSink[]
  /** Weights to begin with instead of random ones, under the model's names: those that fit are taken, and the event `begun` says how many. */
  readonly from?: NamedArrays | undefined
}

/** Captions that are too long are cut, as OpenCLIP and diffusers cut them. */
const idsBy = (pairs: BytePairs, style: ClipTokenStyle, context: number): CaptionIds => {
  const tokenizer = clipTokenizer(pairs, style, { context, overlong: "cut" })
  return (caption) =>
    E.getOrElseW((error: { readonly rule: string }): never => {
      throw new Error(error.rule)
    })(tokenizer.row(caption))
}

const part = (weights: NamedArrays, prefix: string): NamedArrays =>
  new Map(
    [...weights].flatMap(([name, array]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), array]] : [])),
  )

export interface PretrainClip extends PretrainRequest {
  /** OpenCLIP's configuration, or openai/CLIP's arguments. */
  readonly config: RawConfig
  readonly vocabulary: BytePairs
  readonly onePatchIn: number
}

/**
 * Learns a CLIP from captioned pictures into a folder that OpenCLIP's names and this package's readers know:
 * `clip/open_clip_model.safetensors`, its configuration and vocabulary. Errors: those of `pretrainInFolder`, `ConfigInvalid`.
 */
export const pretrainClip = Effect.fn("pretrainClip")(function* (
  request: PretrainClip,
): Effect.fn.Return<string, LearnModelError, Gpu | Shards> {
  const { folder, settings, config, vocabulary, onePatchIn, from } = request
  const clip = yield* fromEither(parseClip(config))
  const ids = idsBy(vocabulary, "openclip", clip.text.context)
  const pretraining = yield* begunWith(contrastive(clip, ids, settings.seed, { onePatchIn }), from)
  const about = { clip: config as Json, onePatchIn }
  const { weights } = yield* pretrainInFolder({ ...request, pretraining, about })
  const model = path.join(folder, "clip")
  yield* writeModel(model, storedAs.clip, { model_cfg: config }, weights)
  yield* writeVocabulary(model, vocabulary)
  return model
})

export interface PretrainAttributes extends PretrainRequest {
  /** `vae/config.json` of diffusers, of which the encoder's sizes count. */
  readonly config: RawConfig
}

/**
 * Learns a classifier of what captions of the world name (`attributeWords`) from captioned scenes into `attributes/`: a convolutional
 * encoder with one output for each word. Errors: those of `pretrainInFolder`, `ConfigInvalid`.
 */
export const pretrainAttributes = Effect.fn("pretrainAttributes")(function* (
  request: PretrainAttributes,
): Effect.fn.Return<string, LearnModelError, Gpu | Shards> {
  const { folder, settings, from } = request
  const config = { ...request.config, latent_channels: judgeChannels }
  const encoder = yield* fromEither(parseVae(config))
  const imageSize = (yield* Shards).manifest.size
  const pretraining = yield* begunWith(attributeClassifier(encoder, imageSize, settings.seed), from)
  const { weights } = yield* pretrainInFolder({ ...request, pretraining, about: { attributes: config as Json } })
  const model = path.join(folder, "attributes")
  yield* writeModel(model, storedAs.diffusers, { ...config, sample_size: imageSize, words: attributeWords }, weights)
  return model
})

export interface PretrainVae extends PretrainRequest {
  /** `vae/config.json` of diffusers; its scaling factor is measured afterwards. */
  readonly config: RawConfig
  readonly divergenceWeight: number
}

/**
 * Learns a VAE from pictures into `vae/` in diffusers' names, with the scaling factor that gives latents a deviation of one.
 * Errors: those of `pretrainInFolder`, `ConfigInvalid`.
 */
export const pretrainVae = Effect.fn("pretrainVae")(function* (
  request: PretrainVae,
): Effect.fn.Return<string, LearnModelError, Gpu | Shards> {
  const { folder, settings, config, divergenceWeight, from } = request
  const vae = yield* fromEither(parseVae(config))
  const imageSize = (yield* Shards).manifest.size
  const pretraining = yield* begunWith(autoencoder(vae, { imageSize, divergenceWeight }, settings.seed), from)
  const about = { vae: config as Json, divergenceWeight }
  const { weights } = yield* pretrainInFolder({ ...request, pretraining, about })
  const deviation = yield* latentDeviation(vae, weights, imageSize)
  const model = path.join(folder, "vae")
  yield* writeModel(model, storedAs.diffusers, { ...config, scaling_factor: 1 / deviation }, weights)
  return model
})

export interface PretrainDiffusion extends PretrainRequest {
  /** The parts of a diffusion model's configuration but the VAE's. */
  readonly config: RawConfig
  /** Folder of the VAE. */
  readonly vae: string
  readonly vocabulary: BytePairs
  readonly captionDropout: number
  /** Error of the predicted noise; `mse`. */
  readonly loss?: Loss
}

/**
 * Learns a text-conditioned latent diffusion model into a folder in diffusers' layout: `unet/`, `text_encoder/`, `tokenizer/`,
 * `scheduler/` and a copy of `vae/`. Errors: those of `pretrainInFolder`, `ConfigInvalid`, those of the VAE's files.
 */
export const pretrainDiffusion = Effect.fn("pretrainDiffusion")(function* (
  request: PretrainDiffusion,
): Effect.fn.Return<string, LearnModelError, Gpu | Shards> {
  const { folder, settings, config, vocabulary, captionDropout, loss = mse, from } = request
  const vaeConfig = yield* readObject(path.join(request.vae, storedAs.diffusers.config))
  const configs = {
    unet: yield* fromEither(parseUnet(config["unet"])),
    text: yield* fromEither(parseSdText(config["text_encoder"])),
    noise: yield* fromEither(parseNoiseSchedule(config["scheduler"])),
    vae: yield* fromEither(parseVae(vaeConfig)),
  }
  const vaeWeights = yield* readModel(request.vae)
  const encoder: NamedArrays = new Map([...vaeWeights].filter(([name]) => /^(encoder|quant_conv)\./.test(name)))
  const imageSize = (yield* Shards).manifest.size
  const ids = idsBy(vocabulary, "sd1", configs.text.context)
  const options = { imageSize, captionDropout, loss }
  const pretraining = yield* begunWith(denoising(configs, encoder, ids, options, settings.seed), from)
  const about = {
    ...(config as Readonly<Record<string, Json>>),
    vae: vaeConfig as Json,
    captionDropout,
    loss: titleOf(loss),
  }
  const { weights } = yield* pretrainInFolder({ ...request, pretraining, about })
  const at = (name: string): string => path.join(folder, "diffusion", name)
  yield* writeModel(at("unet"), storedAs.diffusers, config["unet"], part(weights, denoisingParts.unet))
  yield* writeModel(
    at("text_encoder"),
    storedAs.transformers,
    config["text_encoder"],
    part(weights, denoisingParts.text),
  )
  yield* writeModel(at("vae"), storedAs.diffusers, vaeConfig, vaeWeights)
  yield* writeJson(path.join(at("scheduler"), "scheduler_config.json"), config["scheduler"])
  yield* writeVocabulary(at("tokenizer"), vocabulary)
  return at("")
})
