import { nearestName } from "@diva/models"
import { Effect, Schema } from "effect"
import { ConfigInvalid } from "../files/configInvalid.ts"
import { idleSetting } from "./idleSettings.ts"
import type { Setting } from "./setting.ts"
import {
  settingNames,
  trainDefaults,
  trainSettings,
  type PartialSettings,
  type SettingName,
  type TrainSettings,
} from "./trainSettings.ts"

const settingOf = (name: SettingName): Setting<unknown> => trainSettings[name] as unknown as Setting<unknown>

const isName = (name: string): name is SettingName => Object.hasOwn(trainSettings, name)

const inFile = (file: string | undefined) => (file === undefined ? {} : { file })

const unknownSetting = (field: string, file: string | undefined): ConfigInvalid => {
  const nearest = nearestName(field, settingNames)
  return new ConfigInvalid({
    ...inFile(file),
    field,
    rule: `there is no setting "${field}"`,
    remedy: nearest === undefined ? `settings are ${settingNames.join(", ")}` : `did you mean "${nearest}"?`,
  })
}

const wrongValue = (field: SettingName, value: unknown, file: string | undefined): ConfigInvalid => {
  const { wanted, remedy } = settingOf(field)
  return new ConfigInvalid({
    ...inFile(file),
    field,
    rule: `"${field}" needs ${wanted}, found ${JSON.stringify(value)}`,
    remedy: remedy?.(value) ?? "diva train --help describes every setting",
  })
}

/** One value alone may be given without a list. */
const listed = ({ listed: isList = false }: Setting<unknown>, value: unknown): unknown =>
  isList && typeof value === "string" && value !== "" ? [value] : value

/** Checks settings of one source. Errors: `ConfigInvalid` for a name that is none, or a value that does not fit. */
export const checkPartial = Effect.fnUntraced(function* (given: Readonly<Record<string, unknown>>, file?: string) {
  const checked: Record<string, unknown> = {}
  for (const [name, raw] of Object.entries(given)) {
    if (raw === undefined) continue
    if (!isName(name)) return yield* unknownSetting(name, file)
    const setting = settingOf(name)
    const value = yield* Schema.decodeUnknownEffect(setting.schema)(listed(setting, raw)).pipe(
      Effect.mapError(() => wrongValue(name, raw, file)),
    )
    checked[name] = setting.meant === undefined ? value : setting.meant(value)
  }
  return checked as PartialSettings
})

/** What must be given, and what makes it needless. */
const required = [
  ["data", "demo-data"],
  ["clip", "synthetic-weights"],
  ["sd", "synthetic-weights"],
] as const

const notGiven = (name: string, instead: string): ConfigInvalid =>
  new ConfigInvalid({
    field: name,
    rule: `"${name}" is not given`,
    remedy: `give --${name}, or "${name}" in a file named with --config; --${instead} needs none${name === "data" ? "" : "; diva fetch downloads it to where it will be found"}`,
  })

/** How an update may be split: into whole micro-batches, and those into whole partial sums. */
const splitProblem = (settings: TrainSettings): ConfigInvalid | undefined => {
  const { "images-per-update": images, batch, partials } = settings
  const invalid = (field: SettingName, rule: string, remedy: string) => new ConfigInvalid({ field, rule, remedy })
  if (images % batch !== 0)
    return invalid(
      "batch",
      `"batch" ${batch} does not divide the ${images} images of an update`,
      `give --batch a divisor of ${images}, or --images-per-update a multiple of ${batch}`,
    )
  return (images / batch) % partials === 0
    ? undefined
    : invalid(
        "partials",
        `"partials" ${partials} does not divide the ${images / batch} micro-batches of an update`,
        `give --partials a divisor of ${images / batch}`,
      )
}

/** Later sources win, whichever of the two ways they say how many images make an update. */
const lastSaid = (sources: readonly PartialSettings[]): PartialSettings => {
  const { accumulation, "images-per-update": images } =
    sources.findLast((source) => source.accumulation !== undefined || source["images-per-update"] !== undefined) ?? {}
  return {
    ...(images === undefined ? {} : { "images-per-update": images }),
    ...(accumulation === undefined ? {} : { accumulation }),
  }
}

const contradiction = (images: number, batch: number, accumulation: number): ConfigInvalid =>
  new ConfigInvalid({
    field: "accumulation",
    rule: `"accumulation" ${accumulation} of "batch" ${batch} makes ${accumulation * batch} images per update, "images-per-update" is ${images}`,
    remedy: "give --accumulation or --images-per-update, not both",
  })

/** Settings in which images per update are said once: micro-batches times their size where they are said so. */
const withImagesPerUpdate = (
  merged: TrainSettings,
  { accumulation, "images-per-update": images }: PartialSettings,
): TrainSettings | ConfigInvalid => {
  const { accumulation: _, ...settings } = merged
  if (accumulation === undefined) return settings
  const made = accumulation * settings.batch
  if (images !== undefined && images !== made) return contradiction(images, settings.batch, accumulation)
  return { ...settings, "images-per-update": made }
}

/** Settings with defaults filled in; later sources win. Errors: `ConfigInvalid` for one that nobody gave, those that do not fit each other, or one that would do nothing beside the others. */
export const completeSettings = (
  ...sources: readonly PartialSettings[]
): Effect.Effect<TrainSettings, ConfigInvalid> => {
  const merged: TrainSettings = Object.assign({}, trainDefaults, ...sources)
  const missing = required.find(([name, instead]) => merged[name] === undefined && merged[instead] !== true)
  if (missing !== undefined) return Effect.fail(notGiven(missing[0], missing[1]))
  const settings = withImagesPerUpdate(merged, lastSaid(sources))
  if (settings instanceof ConfigInvalid) return Effect.fail(settings)
  const problem = splitProblem(settings) ?? idleSetting(settings, sources)
  return problem === undefined ? Effect.succeed(settings) : Effect.fail(problem)
}
