import { trainSettings, type Setting } from "@diva/diva"
import { nearestName } from "@diva/models"
import type { CliError, HelpDoc as Help } from "effect/cli"

/** What a setting needs where its flag is given something else; undefined for other flags. */
const wantedBy = (error: CliError.NonShowHelpErrors, commandPath: readonly string[]): string | undefined => {
  if (error._tag !== "InvalidValue" || error.kind !== "flag" || commandPath.at(-1) !== "train") return undefined
  const settings: Readonly<Record<string, Pick<Setting<unknown>, "wanted">>> = trainSettings
  return Object.hasOwn(settings, error.option) ? settings[error.option]!.wanted : undefined
}

/** What is wrong with an invocation, without the suggestion that goes into the remedy. */
export const invocationProblem = (error: CliError.NonShowHelpErrors, commandPath: readonly string[]): string => {
  const wanted = wantedBy(error, commandPath)
  if (error._tag === "InvalidValue" && wanted !== undefined)
    return `--${error.option} needs ${wanted}, ${error.value === "" ? "nothing is given" : `found "${error.value}"`}`
  return plainWords(error.message).split("\n\n")[0]?.replaceAll("\n", " ") ?? error.message
}

/** The library speaks of strings that represent. */
const plainWords = (message: string): string =>
  message
    .replace("Expected a string representing a finite number", "Expected: a number")
    .replace("Expected a string representing an integer", "Expected: a whole number")

// The library looks for near names among a command's own flags only, not among those of every command.
const nearestFlag = (option: string, { flags, globalFlags = [] }: Help.HelpDoc): readonly string[] => {
  const nearest = nearestName(
    option,
    [...flags, ...globalFlags].map(({ name }) => `--${name}`),
  )
  return nearest === undefined ? [] : [nearest]
}

/** Of one of a few words, the nearest. */
const nearestValue = ({ value, expected }: CliError.InvalidValue): readonly string[] => {
  const words = [...expected.matchAll(/"([^"]+)"/g)].map(([, word]) => word!)
  const nearest = nearestName(value, words)
  return nearest === undefined ? [] : [`"${nearest}"`]
}

const suggestions = (error: CliError.NonShowHelpErrors, doc: Help.HelpDoc): readonly string[] => {
  if (error._tag === "UnknownSubcommand") return error.subcommand === "help" ? ["--help"] : error.suggestions
  if (error._tag === "InvalidValue") return nearestValue(error)
  if (error._tag !== "UnrecognizedOption") return []
  return error.suggestions.length > 0 ? error.suggestions : nearestFlag(error.option, doc)
}

const names = (doc: Help.HelpDoc): readonly string[] =>
  (doc.subcommands ?? []).flatMap(({ commands }) => commands.map(({ name }) => name))

/** What to do about an invalid invocation: the nearest name, the possible commands, and where help is. */
export const invocationRemedy = (
  errors: readonly CliError.NonShowHelpErrors[],
  commandPath: readonly string[],
  doc: Help.HelpDoc,
): string => {
  const meant = errors.flatMap((error) => suggestions(error, doc))
  const commands = errors.some(({ _tag }) => _tag === "UnknownSubcommand") ? names(doc) : []
  return [
    ...(meant.length > 0 ? [`did you mean ${meant.join(" or ")}?`] : []),
    ...(meant.length === 0 && commands.length > 0 ? [`commands: ${commands.join(", ")}`] : []),
    `${commandPath.join(" ")} --help lists them`,
  ].join("\n")
}
