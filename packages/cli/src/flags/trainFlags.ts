import { settingNames, trainSettings, type Setting, type SettingName } from "@diva/diva"
import { Option } from "effect"
import { Flag } from "effect/cli"

const flagOf = (name: SettingName, { takes }: Setting<unknown>): Flag.Flag<unknown> => {
  if (takes === "whole") return Flag.Int(name)
  if (takes === "real") return Flag.Finite(name)
  if (takes === "yes") return Flag.Boolean(name)
  return takes === "text" ? Flag.String(name) : Flag.Literals(name, takes)
}

/** A named value as its setting lists it: `per-sample`. One of a few words stands as it is typed. */
const shown = ({ takes, fallback }: Setting<unknown>): string =>
  takes === "text"
    ? String(fallback).replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    : String(fallback)

const defaultWords = (setting: Setting<unknown>): string => {
  const { takes, fallback, otherwise } = setting
  const words = otherwise ?? (fallback === undefined || takes === "yes" ? undefined : shown(setting))
  return words === undefined ? "" : ` (${words})`
}

/** A list may be given by its flag several times. */
const mostTimes = 64

const listFlag = (name: SettingName, says: string): Flag.Flag<Option.Option<unknown>> =>
  Flag.String(name).pipe(
    Flag.withDescription(`${says}; may be given several times`),
    Flag.between(0, mostTimes),
    Flag.map((values) => (values.length === 0 ? Option.none() : Option.some(values))),
  )

const described = (name: SettingName): Flag.Flag<Option.Option<unknown>> => {
  const setting = trainSettings[name] as unknown as Setting<unknown>
  const says = setting.says + defaultWords(setting)
  return setting.listed === true
    ? listFlag(name, says)
    : flagOf(name, setting).pipe(Flag.withDescription(says), Flag.optional)
}

/** Flags of `diva train`: every setting under its own name. Defaults are filled in after the configuration file. */
export const trainFlags = Object.fromEntries(settingNames.map((name) => [name, described(name)])) as Readonly<
  Record<SettingName, Flag.Flag<Option.Option<unknown>>>
>

/** Several values are given with commas between them; those of brackets belong to a value. */
const split = (text: string): readonly string[] => text.split(/,(?![^(]*\))/).map((part) => part.trim())

const valueOf = (name: SettingName, value: unknown): unknown =>
  name === "regularisers" ? (value as readonly string[]).flatMap(split) : value

/** The settings that flags give, without those nobody typed. */
export const givenSettings = (
  flags: Readonly<Record<SettingName, Option.Option<unknown>>>,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    settingNames.flatMap((name) => {
      const value = flags[name]
      return Option.isSome(value) ? [[name, valueOf(name, value.value)]] : []
    }),
  )
