import { SettingsDiffer, settingsShownAt } from "@diva/diva"
import { printable, renderWeightsError, type WeightsError } from "@diva/models"
import { Predicate } from "effect"
import { catalogue, exitCodeOf } from "./catalogue.ts"

/** Any error as the command line shows it. */
export interface Failure {
  readonly tag: string
  /** What happened and where, in one or more lines, without the remedy. */
  readonly problem: string
  readonly remedy: string
  readonly exitCode: number
  readonly stack?: string
}

const text = (value: unknown, key: string): string | undefined =>
  Predicate.hasProperty(value, key) && Predicate.isString(value[key]) ? value[key] : undefined

const isNamesMismatch = (error: unknown): error is WeightsError => text(error, "_tag") === "NamesMismatch"

const withoutRemedy = (rendered: string): string =>
  rendered
    .split("\n")
    .filter((line) => !line.startsWith("  try  "))
    .join("\n")

/** Where several files are at fault: the first, and how many more. */
const filesOf = (error: unknown): string | undefined => {
  const files = Predicate.hasProperty(error, "files") && Array.isArray(error.files) ? error.files : []
  const [first, ...others] = files.filter(Predicate.isString)
  if (first === undefined) return undefined
  return others.length === 0 ? printable(first) : `${printable(first)} and ${others.length} more`
}

const placeOf = (error: unknown): string => {
  const file = ["file", "pattern", "path", "folder", "shard"].map((name) => text(error, name)).find(Predicate.isString)
  const place = file === undefined ? filesOf(error) : printable(file)
  const key = text(error, "key")
  return `${place === undefined ? "" : ` in ${place}`}${key === undefined ? "" : `, ${printable(key)}`}`
}

const problemOf = (error: unknown, tag: string): string => {
  // Errors of pure packages carry their rendered text as message.
  if (error instanceof Error && error.message.startsWith(`${tag} in `)) return withoutRemedy(error.message)
  if (isNamesMismatch(error)) return withoutRemedy(renderWeightsError(error))
  return `${tag}${placeOf(error)}: ${text(error, "rule") ?? text(error, "message") ?? "no more is known"}`
}

/** The flags that give settings of manifests, where the settings of a run differ. */
const flagsOf = (error: unknown): readonly string[] =>
  error instanceof SettingsDiffer
    ? [...new Set(error.settings.flatMap(settingsShownAt))].map((name) => `--${name}`)
    : []

const remedyOf = (error: unknown): string => {
  const [remedy, flags] = [text(error, "remedy") ?? "", flagsOf(error)]
  return flags.length === 0 ? remedy : `${remedy}\nflags: ${flags.join(", ")}`
}

const unexpected = (error: unknown): Failure => ({
  tag: "Unexpected",
  problem: `Unexpected: ${error instanceof Error ? error.message || error.name : String(error)}`,
  remedy: "this is a bug in diva: please report it with the output of the same command with --debug",
  exitCode: exitCodeOf("Unexpected"),
  ...(error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {}),
})

/** Reads any error, tagged or not, as a failure. */
export const failureOf = (error: unknown): Failure => {
  const tag = text(error, "_tag")
  if (tag === undefined || catalogue[tag] === undefined) return unexpected(error)
  const stack = text(error, "stack")
  return {
    tag,
    problem: problemOf(error, tag),
    remedy: remedyOf(error),
    exitCode: exitCodeOf(tag),
    ...(stack === undefined ? {} : { stack }),
  }
}
