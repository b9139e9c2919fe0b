import { nearestName } from "@diva/models"
import { Data } from "effect"

/** A training that cannot be: parts of it do not fit together, or one is not a value the method knows. */
export class TrainingInvalid extends Data.TaggedError("TrainingInvalid")<{
  readonly setting: string
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return this.rule
  }
}

export const invalid = (setting: string, rule: string, remedy: string): TrainingInvalid =>
  new TrainingInvalid({ setting, rule, remedy })

/** The error of a word that is none of those a setting may be, with the nearest. */
export const unknownWord = (setting: string, value: unknown, known: readonly string[]): TrainingInvalid => {
  const nearest = nearestName(String(value), known)
  return invalid(
    setting,
    `${setting.split(".").at(-1)} cannot be ${JSON.stringify(value)}`,
    nearest === undefined ? `choose one of ${known.join(", ")}` : `did you mean "${nearest}"?`,
  )
}

/** The error of a name that a training has nothing under, with the nearest. */
export const unknownName = (setting: string, rule: string, name: string, known: readonly string[]): TrainingInvalid => {
  const nearest = nearestName(name, known)
  return invalid(setting, rule, nearest === undefined ? `choose of ${known.join(", ")}` : `did you mean ${nearest}?`)
}
