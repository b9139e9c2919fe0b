import { isRowName, rowNames } from "@diva/diva"
import { nearestName } from "@diva/models"
import { Effect } from "effect"
import { bytesWanted, parseBytes } from "./byteCount.ts"
import { ConfigInvalid } from "./configInvalid.ts"
import { conditionNames, trainDefaults, type PartialSettings, type TrainSettings } from "./settings.ts"

type Name = keyof TrainSettings

interface Rule {
  readonly wanted: string
  readonly fits: (value: unknown) => boolean
}

const isText = (value: unknown): boolean => typeof value === "string" && value !== ""

const text: Rule = { wanted: "a text", fits: isText }

const count: Rule = {
  wanted: "an integer of at least 1",
  fits: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
}

const between = (wanted: string, fits: (value: number) => boolean): Rule => ({
  wanted,
  fits: (value) => typeof value === "number" && Number.isFinite(value) && fits(value),
})

const yesOrNo: Rule = { wanted: "true or false", fits: (value) => typeof value === "boolean" }

const rules: Readonly<Record<Name, Rule>> = {
  data: {
    wanted: "a path or pattern, or a list of them",
    fits: (value) => Array.isArray(value) && value.length > 0 && value.every(isText),
  },
  "demo-data": yesOrNo,
  row: {
    wanted: `one of ${rowNames.join(", ")}`,
    fits: (value) => typeof value === "string" && isRowName(value),
  },
  clip: text,
  "clip-config": text,
  sd: text,
  "sd-config": text,
  "synthetic-weights": yesOrNo,
  "f16-frozen": yesOrNo,
  "memory-budget": { wanted: bytesWanted, fits: (value) => typeof value === "string" && parseBytes(value) !== null },
  out: text,
  updates: count,
  batch: count,
  accumulation: count,
  "learning-rate": between("a number above 0", (value) => value > 0),
  "warmup-ratio": between("a number from 0 to 1", (value) => value >= 0 && value <= 1),
  momentum: between("a number from 0 to below 1", (value) => value >= 0 && value < 1),
  seed: { wanted: "a whole number", fits: (value) => Number.isSafeInteger(value) && (value as number) >= 0 },
  "train-steps": count,
  "image-size": between("a multiple of 8", (value) => value >= 8 && value % 8 === 0),
  condition: {
    wanted: `one of ${conditionNames.join(", ")}`,
    fits: (value) => conditionNames.some((name) => name === value),
  },
  patches: count,
  "checkpoint-every": count,
  "stop-after": count,
}

/** Names of all settings. */
export const settingNames = Object.keys(rules) as readonly Name[]

const isName = (name: string): name is Name => Object.hasOwn(rules, name)

const unknownSetting = (field: string, file: string | undefined): ConfigInvalid => {
  const nearest = nearestName(field, settingNames)
  return new ConfigInvalid({
    ...(file === undefined ? {} : { file }),
    field,
    rule: `there is no setting "${field}"`,
    remedy: nearest === undefined ? `settings are ${settingNames.join(", ")}` : `did you mean "${nearest}"?`,
  })
}

const wrongValue = (field: Name, value: unknown, file: string | undefined): ConfigInvalid =>
  new ConfigInvalid({
    ...(file === undefined ? {} : { file }),
    field,
    rule: `"${field}" needs ${rules[field].wanted}, found ${JSON.stringify(value)}`,
    remedy: "diva train --help describes every setting",
  })

/** One path alone may be given without a list. */
const listed = (name: string, value: unknown): unknown => (name === "data" && isText(value) ? [value] : value)

/** Checks settings of one source. Errors: `ConfigInvalid` for a name that is none, or a value that does not fit. */
export const checkPartial = (
  given: Readonly<Record<string, unknown>>,
  file?: string,
): Effect.Effect<PartialSettings, ConfigInvalid> => {
  const checked: Record<string, unknown> = {}
  for (const [name, raw] of Object.entries(given)) {
    if (raw === undefined) continue
    if (!isName(name)) return Effect.fail(unknownSetting(name, file))
    const value = listed(name, raw)
    if (!rules[name].fits(value)) return Effect.fail(wrongValue(name, raw, file))
    checked[name] = value
  }
  return Effect.succeed(checked as PartialSettings)
}

/** What must be given, and what makes it needless. */
const required = [
  ["data", "demo-data"],
  ["clip", "synthetic-weights"],
  ["sd", "synthetic-weights"],
] as const

/** Settings with defaults filled in; later sources win. Errors: `ConfigInvalid` for one that nobody gave. */
export const completeSettings = (
  ...sources: readonly PartialSettings[]
): Effect.Effect<TrainSettings, ConfigInvalid> => {
  const merged: PartialSettings = Object.assign({}, trainDefaults, ...sources)
  const missing = required.find(([name, instead]) => merged[name] === undefined && merged[instead] !== true)
  return missing === undefined
    ? Effect.succeed(merged as TrainSettings)
    : Effect.fail(
        new ConfigInvalid({
          field: missing[0],
          rule: `"${missing[0]}" is not given`,
          remedy: `give --${missing[0]}, or "${missing[0]}" in a file named with --config; --${missing[1]} does without`,
        }),
      )
}
