import type { FileError } from "@diva/models"
import { Effect, Schema, SchemaIssue } from "effect"

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** The first field that does not fit, as `launches.0.outcome: …`. */
const firstProblem = ({ issue }: Schema.SchemaError): string => {
  const [first] = issuesOf(issue).issues
  const path = (first?.path ?? []).map((part) => String(typeof part === "object" ? part.key : part)).join(".")
  return path === "" ? (first?.message ?? issue.toString()) : `${path}: ${first!.message}`
}

/** Where in which file a value stands, and what to do if it does not fit. */
export interface DecodedPlace {
  readonly file: string
  /** Before the field in messages: `line 3`. */
  readonly at?: string
  readonly remedy: string
}

/**
 * Checks what was read back from a file, and gives it whole: fields that a schema does not name stay. Errors: `FileUnreadable`, whose
 * rule names the field.
 */
export const decoded = <S extends Schema.ConstraintDecoder<unknown>>(
  schema: S,
  value: unknown,
  { file, at, remedy }: DecodedPlace,
): Effect.Effect<S["Type"], FileError> =>
  Schema.decodeUnknownEffect(schema)(value).pipe(
    Effect.as(value as S["Type"]),
    Effect.mapError((error): FileError => {
      const problem = firstProblem(error)
      return { _tag: "FileUnreadable", file, rule: at === undefined ? problem : `${at}: ${problem}`, remedy }
    }),
  )
