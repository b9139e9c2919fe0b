import { join } from "node:path"
import {
  nearestName,
  openaiArguments,
  openClipConfigs,
  parseClip,
  parseNoiseSchedule,
  parseSdText,
  parseUnet,
  parseVae,
  readDiffusionTokenizer,
  stableDiffusionConfigs,
  type TokenizeError,
} from "@diva/models"
import { Effect, Schema } from "effect"
import { ConfigInvalid } from "../files/configInvalid.ts"
import { isThere } from "../files/presence.ts"
import { readObject } from "../files/readObject.ts"
import { fromEither, fromTaskEither } from "../fromEither.ts"
import { stableDiffusionNoise, type ConfigSet } from "../objective/standardModels.ts"
import { configBeside } from "./besideWeights.ts"
import { endPadded, stableDiffusionPrompts } from "../train/config/promptIds.ts"
import type { PromptIds } from "../train/config/trainConfig.ts"

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
  return (yield* isThere(value)) ? yield* readObject(value) : yield* noSuchConfig(field, value, Object.keys(presets))
})

/** Where the configurations of a run's models are said. */
export interface ConfigFiles {
  /** A row's name, or a JSON file with openai/CLIP's arguments or OpenCLIP's configuration. */
  readonly clipConfig: string
  /** Weights of CLIP, where the configuration that lies beside them counts more than `clipConfig`. */
  readonly clip?: string | undefined
  /** A folder in diffusers' layout, whose own configurations and tokenizer are read. */
  readonly sd?: string | undefined
  /** A preset's name, or a JSON file with `unet`, `vae`, `text_encoder`, `prompt_ids`; the folder's own, or sd-2-1-base, by default. */
  readonly sdConfig?: string | undefined
}

const parts = ["unet", "vae", "text_encoder"] as const

/** `config.json` of each part of a folder in diffusers' layout. */
const folderConfig = Effect.fnUntraced(function* (folder: string) {
  const found: Record<string, unknown> = {}
  for (const part of parts) found[part] = yield* readObject(join(folder, part, "config.json"))
  const scheduler = join(folder, "scheduler", "scheduler_config.json")
  if (yield* isThere(scheduler)) found["scheduler"] = yield* readObject(scheduler)
  return found as RawConfig
})

const diffusionConfig = Effect.fnUntraced(function* ({ sd, sdConfig: named }: ConfigFiles) {
  if (named !== undefined) return yield* namedConfig("sd-config", named, stableDiffusionConfigs)
  return sd !== undefined && (yield* isThere(join(sd, "unet", "config.json")))
    ? yield* folderConfig(sd)
    : stableDiffusionConfigs["sd-2-1-base"]
})

const Ids = Schema.Array(Schema.Int)

const Prompts = Schema.Struct({ template: Ids, empty: Ids })

const givenPrompts = (value: unknown): Effect.Effect<PromptIds, ConfigInvalid> =>
  Schema.decodeUnknownEffect(Prompts)(value).pipe(
    Effect.mapError(
      (issue) =>
        new ConfigInvalid({
          field: "sd-config",
          rule: `"prompt_ids" is not two lists of token ids: ${issue.message}`,
          remedy: 'give "prompt_ids": { "template": [...], "empty": [...] }',
        }),
    ),
  )

/** The prompts by the tokenizer that ships with the weights. */
const shippedPrompts = Effect.fnUntraced(function* (folder: string, context: number) {
  const tokenizer = yield* fromTaskEither(readDiffusionTokenizer(folder, { context }))
  const prompts: PromptIds = {
    template: [...(yield* fromEither(tokenizer.row("a photo of a .")))],
    empty: [...(yield* fromEither(tokenizer.row("")))],
  }
  return prompts
})

const promptsOf = Effect.fnUntraced(function* (
  config: RawConfig,
  files: ConfigFiles,
  { text }: ConfigSet,
): Effect.fn.Return<PromptIds, ConfigInvalid | TokenizeError> {
  if (config["prompt_ids"] !== undefined) return yield* givenPrompts(config["prompt_ids"])
  const tokenizer = join(files.sd ?? "", "tokenizer")
  if (files.sd !== undefined && (yield* isThere(tokenizer))) return yield* shippedPrompts(tokenizer, text.context)
  if (text.vocabulary < 49_408)
    return yield* new ConfigInvalid({
      field: "sd-config",
      rule: `the text encoder knows ${text.vocabulary} tokens, too few for the prompt "a photo of a ."`,
      remedy:
        'put its tokenizer beside it (tokenizer/vocab.json, merges.txt), or give "prompt_ids": { "template": [...], "empty": [...] } in the file named with --sd-config',
    })
  return files.sdConfig === "sd-1-4" ? endPadded(stableDiffusionPrompts) : stableDiffusionPrompts
})

const clipPresets: Readonly<Record<string, RawConfig>> = { ...openaiArguments, ...openClipConfigs }

/** The models a run is made of, before any weights are read. */
export interface RunModels {
  readonly configs: ConfigSet
  readonly promptIds: PromptIds
}

const clipConfigOf = Effect.fnUntraced(function* ({ clip, clipConfig }: ConfigFiles) {
  const beside = clip === undefined ? undefined : yield* configBeside(clip)
  return beside ?? (yield* namedConfig("clip-config", clipConfig, clipPresets))
})

/** Reads the configuration of every model. Errors: `ConfigInvalid`, `FileUnreadable`. */
export const readConfigs = Effect.fn("readConfigs")(function* (files: ConfigFiles) {
  const clip = yield* clipConfigOf(files)
  const sd: RawConfig = yield* diffusionConfig(files)
  const configs: ConfigSet = {
    clip: yield* fromEither(parseClip(clip)),
    unet: yield* fromEither(parseUnet(sd["unet"])),
    vae: yield* fromEither(parseVae(sd["vae"])),
    text: yield* fromEither(parseSdText(sd["text_encoder"])),
    noise:
      sd["scheduler"] === undefined ? stableDiffusionNoise : yield* fromEither(parseNoiseSchedule(sd["scheduler"])),
  }
  const models: RunModels = { configs, promptIds: yield* promptsOf(sd, files, configs) }
  return models
})
