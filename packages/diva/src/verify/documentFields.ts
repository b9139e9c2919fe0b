import { Effect, Predicate } from "effect"
import { CaseInvalid } from "./caseError.ts"
import type { Document } from "./findCases.ts"
import type { ReadableCase } from "./kind.ts"

const isRecord = (value: unknown): value is Document => Predicate.isObject(value) && !Array.isArray(value)

/** The object in `document[field]`, or nothing. */
export const recordIn = (document: Document, field: string): Document | undefined =>
  isRecord(document[field]) ? document[field] : undefined

/** Whether the case's `config` has all of `fields`. */
export const configHas = (document: Document, ...fields: readonly string[]): boolean => {
  const config = recordIn(document, "config")
  return config !== undefined && fields.every((field) => Object.hasOwn(config, field))
}

const fieldProblem = ({ file }: ReadableCase, field: string, wanted: string) =>
  new CaseInvalid({ file, rule: `field "${field}" must be ${wanted}`, remedy: "restore the file from its source" })

/** Follows `path` through nested objects. Errors: `CaseInvalid` unless `fits`. */
export const fieldOf = <A>(
  found: ReadableCase,
  path: readonly string[],
  wanted: string,
  fits: (value: unknown) => value is A,
): Effect.Effect<A, CaseInvalid> => {
  const value = path.reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), found.document)
  return fits(value) ? Effect.succeed(value) : Effect.fail(fieldProblem(found, path.join("."), wanted))
}

export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1

export const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value)

export const isBar = (value: unknown): value is number => isNumber(value) && value > 0

export const isNumbers = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every(isNumber)

export const isObject = isRecord
