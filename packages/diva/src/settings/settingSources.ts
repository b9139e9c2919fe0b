import * as path from "node:path"
import { Effect, Predicate } from "effect"
import { layoutOf } from "../fetch/layout.ts"
import { ConfigInvalid } from "../files/configInvalid.ts"
import { isThere } from "../files/presence.ts"
import { readObject } from "../files/readObject.ts"
import { checkPartial } from "./checkSettings.ts"
import { rowNamed } from "./trainingFrom.ts"
import { settingNames, type PartialSettings, type SettingName, type TrainSettings } from "./trainSettings.ts"

/** Settings with where they come from: a file's name, or a word. */
export interface SettingSource {
  readonly from: string
  readonly settings: PartialSettings
}

const invalidExtends = (file: string, rule: string): ConfigInvalid =>
  new ConfigInvalid({
    file,
    field: "extends",
    rule,
    remedy: 'name one file or a list of files, relative to this one: "extends": "base.json"',
  })

const isText = (value: unknown): value is string => typeof value === "string" && value !== ""

/** The files a file is based on, the first weighing least. */
const basesOf = (file: string, value: unknown): readonly string[] | ConfigInvalid => {
  const names = value === undefined ? [] : Array.isArray(value) ? value : [value]
  return names.every(isText)
    ? names.map((name) => path.resolve(path.dirname(file), name))
    : invalidExtends(file, `"extends" needs a file or a list of files, found ${JSON.stringify(value)}`)
}

const read = Effect.fnUntraced(function* (
  file: string,
  above: readonly string[],
): Effect.fn.Return<readonly SettingSource[], Effect.Error<ReturnType<typeof readObject>>> {
  if (above.includes(path.resolve(file)))
    return yield* invalidExtends(file, "this file extends itself, directly or through another")
  const { extends: base, ...given } = yield* readObject(file)
  const bases = basesOf(file, base)
  if (Predicate.isTagged(bases, "ConfigInvalid")) return yield* bases as ConfigInvalid
  const inherited = yield* Effect.forEach(bases as readonly string[], (name) =>
    read(name, [...above, path.resolve(file)]),
  )
  return [...inherited.flat(), { from: file, settings: yield* checkPartial(given, file) }]
})

/**
 * Settings in a file, JSON with comments or TOML, under the names of the flags, behind those of the files that its `extends` names.
 * Later sources win. Errors: `FileUnreadable`, `ConfigInvalid`.
 */
export const readSettingSources = (file: string) => read(file, [])

/** Where each setting that is not a default comes from. */
export type Origins = Readonly<Partial<Record<SettingName, string>>>

export const originsOf = (sources: readonly SettingSource[]): Origins =>
  Object.fromEntries(
    sources.flatMap(({ from, settings }) =>
      Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [[name, from]])),
    ),
  )

/** A setting as a run will have it. */
export interface ResolvedSetting {
  readonly name: SettingName
  readonly value: unknown
  readonly from: string
}

/** Every setting that has a value, with where it comes from. */
export const resolvedSettings = (settings: TrainSettings, origins: Origins): readonly ResolvedSetting[] =>
  settingNames.flatMap((name) =>
    settings[name] === undefined ? [] : [{ name, value: settings[name], from: origins[name] ?? "default" }],
  )

/** MMVP where it was fetched, for a run that is to be scored and names nothing to score on. */
const scoredOn = (given: PartialSettings, mmvp: string): Effect.Effect<PartialSettings> => {
  const isOpen = given["eval-every"] !== undefined && (given["eval-mmvp"] ?? given["eval-data"]) === undefined
  return isOpen ? Effect.map(isThere(mmvp), (is) => (is ? { "eval-mmvp": mmvp } : {})) : Effect.succeed({})
}

/**
 * Weights, and MMVP for a run that is scored, that no source names but that lie where `diva fetch` puts them, below the current folder
 * (or `root`). Nothing for a run with random weights.
 */
export const publishedPlaces = Effect.fnUntraced(function* (
  sources: readonly SettingSource[],
  root = ".",
): Effect.fn.Return<PartialSettings> {
  const given: PartialSettings = Object.assign({}, ...sources.map(({ settings }) => settings))
  if (given["synthetic-weights"] === true) return {}
  const { clip, stableDiffusion, mmvp } = layoutOf(rowNamed(given), root)
  return {
    ...(yield* scoredOn(given, mmvp)),
    ...(given.clip === undefined && (yield* isThere(clip)) ? { clip } : {}),
    ...(given.sd === undefined && (yield* isThere(stableDiffusion)) ? { sd: stableDiffusion } : {}),
  }
})
