import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import type { Choice } from "../kernels/way/choice.ts"
import type { Measurement, TuningCache, TuningEntry, TuningWarning } from "./cache.ts"

const invalid = (where: string, rule: string): TuningWarning => ({
  _tag: "TuningCacheInvalid",
  where,
  rule,
  remedy: "delete the file, or write it again with diva tune; until then the untuned rule decides",
})

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isChoice = (value: unknown): value is Choice =>
  isRecord(value) && Object.values(value).every((part) => typeof part === "number" || typeof part === "string")

const outcomes: ReadonlySet<unknown> = new Set(["measured", "invalid", "wrong", "timeout", "skipped"])

const isMeasurement = (value: unknown): value is Measurement =>
  isRecord(value) &&
  isChoice(value["choice"]) &&
  outcomes.has(value["outcome"]) &&
  Array.isArray(value["milliseconds"]) &&
  value["milliseconds"].every((time) => typeof time === "number")

const isEntry = (value: unknown): value is TuningEntry =>
  isRecord(value) &&
  typeof value["candidates"] === "string" &&
  isChoice(value["winner"]) &&
  typeof value["gain"] === "number" &&
  Array.isArray(value["measurements"]) &&
  value["measurements"].every(isMeasurement)

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Reads a cache's text. `where` names it in the warning. */
export const decodeTuning = (text: string, where: string): Either<TuningWarning, TuningCache> => {
  const value = parsed(text)
  if (!isRecord(value)) return E.left(invalid(where, "it is not JSON"))
  if (value["format"] !== "diva-tuning") return E.left(invalid(where, 'its format is not "diva-tuning"'))
  if (value["version"] !== 1)
    return E.left(invalid(where, `its version is ${String(value["version"])}; version 1 is known`))
  const { adapters } = value
  if (!isRecord(adapters) || !Object.values(adapters).every(isRecord))
    return E.left(invalid(where, "it lists no adapters"))
  for (const entries of Object.values(adapters))
    for (const [key, entry] of Object.entries(entries as object))
      if (!isEntry(entry)) return E.left(invalid(where, `the entry "${key}" is damaged`))
  return E.right({ format: "diva-tuning", version: 1, adapters: adapters as TuningCache["adapters"] })
}

const sorted = <A>(record: Readonly<Record<string, A>>): readonly (readonly [string, A])[] =>
  Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1))

const indented = (text: string): string => text.replaceAll("\n", "\n  ")

const listed = (open: string, lines: readonly string[], close: string): string =>
  lines.length === 0 ? open + close : `${open}\n  ${lines.map(indented).join(",\n  ")}\n${close}`

const entryText = ({ candidates, winner, gain, measurements }: TuningEntry): string =>
  listed(
    "{",
    [
      `"candidates": ${JSON.stringify(candidates)}`,
      `"winner": ${JSON.stringify(winner)}`,
      `"gain": ${JSON.stringify(gain)}`,
      `"measurements": ${listed(
        "[",
        measurements.map((measurement) => JSON.stringify(measurement)),
        "]",
      )}`,
    ],
    "}",
  )

/** A cache as JSON for people and diffs: one measurement a line, everything in order of name. */
export const encodeTuning = ({ format, version, adapters }: TuningCache): string => {
  const adapterText = (entries: Readonly<Record<string, TuningEntry>>): string =>
    listed(
      "{",
      sorted(entries).map(([key, entry]) => `${JSON.stringify(key)}: ${entryText(entry)}`),
      "}",
    )
  const adapterLines = sorted(adapters).map(([name, entries]) => `${JSON.stringify(name)}: ${adapterText(entries)}`)
  const lines = [`"format": "${format}"`, `"version": ${version}`, `"adapters": ${listed("{", adapterLines, "}")}`]
  return `${listed("{", lines, "}")}\n`
}
