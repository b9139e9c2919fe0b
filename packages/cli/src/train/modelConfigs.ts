import { existsSync } from "node:fs"
import { join } from "node:path"
import { stableDiffusionNoise, stableDiffusionPrompts, type ConfigSet, type PromptIds } from "@diva/diva"
import {
  nearestName,
  openaiArguments,
  openClipConfigs,
  parseNoiseSchedule,
  parseClip,
  parseSdText,
  parseUnet,
  parseVae,
  readDiffusionTokenizer,
  stableDiffusionConfigs,
  type TokenizeError,
} from "@diva/models"
import { Effect, Predicate } from "effect"
import { fromEither, fromTaskEither } from "@diva/diva"
import { ConfigInvalid } from "./configInvalid.ts"
import { readObject } from "./configFile.ts"
import { defaultRow, type TrainSettings } from "./settings.ts"

type RawConfig = Readonly<Record<string, unknown>>

const noSuchConfig = (field: string, value: string, presets: readonly string[]): ConfigInvalid => {
  const nearest = nearestName(value, presets)
  return new ConfigInvalid({
    field,
    rule: `"${value}" is neither a preset nor a file`,
    remedy: nearest === undefined ? `presets are ${presets.join(", ")}` : `did you mean "${nearest}"?`,
  })
}

/** A preset's configuration, or a JSON file's. */
const namedConfig = Effect.fnUntraced(function* (
  field: string,
  value: string,
  presets: Readonly<Record<string, RawConfig>>,
) {
  const preset = presets[value]
  if (preset !== undefined) return preset
  return existsSync(value) ? yield* readObject(value) : yield* noSuchConfig(field, value, Object.keys(presets))
})

const parts = ["unet", "vae", "text_encoder"] as const

/** `config.json` of each part of a folder in diffusers' layout. */
const folderConfig = Effect.fnUntraced(function* (folder: string) {
  const found: Record<string, unknown> = {}
  for (const part of parts) found[part] = yield* readObject(join(folder, part, "config.json"))
  const scheduler = join(folder, "scheduler", "scheduler_config.json")
  if (existsSync(scheduler)) found["scheduler"] = yield* readObject(scheduler)
  return found as RawConfig
})

const diffusionConfig = ({ sd, "sd-config": named }: TrainSettings) => {
  if (named !== undefined) return namedConfig("sd-config", named, stableDiffusionConfigs)
  return sd !== undefined && existsSync(join(sd, "unet", "config.json"))
    ? folderConfig(sd)
    : Effect.succeed(stableDiffusionConfigs["sd-2-1-base"])
}

/** Stable Diffusion 1 pads with the end of text; 2 pads with "!", id 0. */
const endPadded = (ids: readonly number[]): readonly number[] => {
  const end = ids.findIndex((id, i) => i > 0 && ids[i - 1] === 49_407 && id === 0)
  return end < 0 ? ids : ids.map((id, i) => (i >= end ? 49_407 : id))
}

const isIds = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every(Number.isSafeInteger)

const givenPrompts = (value: unknown): PromptIds | undefined =>
  Predicate.isObject(value) && "template" in value && "empty" in value && isIds(value.template) && isIds(value.empty)
    ? { template: value.template, empty: value.empty }
    : undefined

/** The prompts by the tokenizer that ships with the weights. */
const shippedPrompts = Effect.fnUntraced(function* (folder: string) {
  const tokenizer = yield* fromTaskEither(readDiffusionTokenizer(folder))
  const prompts: PromptIds = {
    template: [...(yield* fromEither(tokenizer.row("a photo of a .")))],
    empty: [...(yield* fromEither(tokenizer.row("")))],
  }
  return prompts
})

const promptsOf = (
  config: RawConfig,
  settings: TrainSettings,
  { text }: ConfigSet,
): Effect.Effect<PromptIds, ConfigInvalid | TokenizeError> => {
  const given = givenPrompts(config["prompt_ids"])
  if (given !== undefined) return Effect.succeed(given)
  if (text.vocabulary < 49_408)
    return Effect.fail(
      new ConfigInvalid({
        field: "sd-config",
        rule: `the text encoder knows ${text.vocabulary} tokens, too few for the prompt "a photo of a ."`,
        remedy: 'give "prompt_ids": { "template": [...], "empty": [...] } in the file named with --sd-config',
      }),
    )
  const tokenizer = join(settings.sd ?? "", "tokenizer")
  if (settings.sd !== undefined && existsSync(tokenizer)) return shippedPrompts(tokenizer)
  const { template, empty } = stableDiffusionPrompts
  return Effect.succeed(
    settings["sd-config"] === "sd-1-4"
      ? { template: endPadded(template), empty: endPadded(empty) }
      : stableDiffusionPrompts,
  )
}

const clipPresets: Readonly<Record<string, RawConfig>> = { ...openaiArguments, ...openClipConfigs }

/** The models a run is made of, before any weights are read. */
export interface RunModels {
  readonly configs: ConfigSet
  readonly promptIds: PromptIds
}

/** Reads the configuration of every model. Errors: `ConfigInvalid`, `FileUnreadable`. */
export const readModelConfigs = Effect.fn("readModelConfigs")(function* (settings: TrainSettings) {
  const clip = yield* namedConfig("clip-config", settings["clip-config"] ?? settings.row ?? defaultRow, clipPresets)
  const sd: RawConfig = yield* diffusionConfig(settings)
  const configs: ConfigSet = {
    clip: yield* fromEither(parseClip(clip)),
    unet: yield* fromEither(parseUnet(sd["unet"])),
    vae: yield* fromEither(parseVae(sd["vae"])),
    text: yield* fromEither(parseSdText(sd["text_encoder"])),
    noise:
      sd["scheduler"] === undefined ? stableDiffusionNoise : yield* fromEither(parseNoiseSchedule(sd["scheduler"])),
  }
  const models: RunModels = { configs, promptIds: yield* promptsOf(sd, settings, configs) }
  return models
})
