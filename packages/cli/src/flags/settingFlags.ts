import {
  checkPartial,
  completeSettings,
  fromOriginal,
  originsOf,
  publishedPlaces,
  readSettingSources,
  type SettingName,
} from "@diva/diva"
import { Effect, Option } from "effect"
import { Flag } from "effect/cli"
import { originalFlag, wordsOfCall } from "./originalCall.ts"
import { renderMeanings } from "../render/train/originalMeanings.ts"
import { Screen } from "../screen/screen.ts"
import { givenSettings, trainFlags } from "./trainFlags.ts"

/** Flags that say what a training is: each setting, a file of them, or a call of the original. */
export const settingFlags = {
  ...trainFlags,
  config: Flag.String("config").pipe(
    Flag.withDescription(
      "File with the same settings, JSON (comments allowed) or TOML; `extends` names files it builds on; flags take precedence",
    ),
    Flag.optional,
  ),
  fromOriginal: Flag.String(originalFlag).pipe(
    Flag.withDescription(
      "Everything after this flag is a call of the original program: its arguments, or a whole line from a launch script; what each argument means here is reported. " +
        "Flags before it take precedence",
    ),
    Flag.optional,
  ),
} as const

interface SettingInput extends Readonly<Record<SettingName, Option.Option<unknown>>> {
  readonly config: Option.Option<string>
  readonly fromOriginal: Option.Option<string>
  readonly json: boolean
}

/** Settings of a call of the original; its meaning here is reported to people. */
const originalSource = Effect.fnUntraced(function* (call: string, asJson: boolean) {
  const { settings, meanings } = yield* fromOriginal(wordsOfCall(call))
  if (!asJson) yield* (yield* Screen).note(renderMeanings(meanings))
  return { from: "the original's call", settings }
})

/** The settings that a command line means, with where each comes from. Errors: `FileUnreadable`, `ConfigInvalid`. */
export const settingsOf = Effect.fnUntraced(function* ({ config, fromOriginal: call, json, ...rest }: SettingInput) {
  const sources = [
    ...(Option.isSome(config) ? yield* readSettingSources(config.value) : []),
    ...(Option.isSome(call) ? [yield* originalSource(call.value, json)] : []),
    { from: "flag", settings: yield* checkPartial(givenSettings(rest)) },
  ]
  const found = { from: "found where diva fetch puts it", settings: yield* publishedPlaces(sources) }
  const settings = yield* completeSettings(...[found, ...sources].map((source) => source.settings))
  return { settings, origins: originsOf([found, ...sources]) }
})
