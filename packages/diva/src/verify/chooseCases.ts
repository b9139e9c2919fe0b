import { nearestName } from "@diva/models"
import { Effect } from "effect"
import { UnknownCase } from "./caseError.ts"
import type { FoundCase } from "./findCases.ts"

const isInside = (name: string, wanted: string): boolean => name === wanted || name.startsWith(`${wanted}/`)

const withoutSlash = (name: string): string => name.replace(/[/\\]+$/, "")

const unknown = (folder: string, wanted: string, names: readonly string[]) => {
  const nearest = nearestName(wanted, names) ?? names.find((name) => name.includes(wanted))
  return new UnknownCase({
    folder,
    rule: `holds no case "${wanted}"`,
    remedy:
      nearest === undefined ? `name one of ${names.slice(0, 20).join(", ") || "none"}` : `did you mean "${nearest}"?`,
  })
}

/** The cases named, or all of them when none is; a name of a folder stands for the cases below it. */
export const chooseCases = (
  folder: string,
  found: readonly FoundCase[],
  wanted: readonly string[],
): Effect.Effect<readonly FoundCase[], UnknownCase> => {
  if (wanted.length === 0) return Effect.succeed(found)
  const names = found.map(({ name }) => name)
  const missing = wanted.map(withoutSlash).find((want) => !names.some((name) => isInside(name, want)))
  return missing === undefined
    ? Effect.succeed(found.filter(({ name }) => wanted.some((want) => isInside(name, withoutSlash(want)))))
    : Effect.fail(unknown(folder, missing, names))
}
