import type { FileError } from "@diva/models"
import { Effect, type Schema } from "effect"
import { decoded } from "./decoded.ts"
import { isMissing, reading, storage } from "./storage.ts"

/** A line of JSON as it stands in a file, and its value. */
export interface JsonLine<A> {
  readonly text: string
  readonly value: A
}

const remedy = "correct that line, or remove it"

const jsonOf = (file: string, at: string, text: string): Effect.Effect<unknown, FileError> =>
  Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: (cause) => ({ _tag: "FileUnreadable", file, rule: `${at}: ${(cause as Error).message}`, remedy }),
  })

const textIn = Effect.fnUntraced(function* (file: string): Effect.fn.Return<string, FileError> {
  const { files } = yield* storage
  const none = () => Effect.succeed(new Uint8Array(0))
  return new TextDecoder().decode(yield* reading(file)(Effect.catchIf(files.readFile(file), isMissing, none)))
})

/**
 * The whole lines of a log, each checked by the schema that its value calls for; none where there is no file. A last line that a killed
 * process half wrote is left out. Errors: `FileUnreadable`, whose rule names line and field.
 */
export const readJsonLines = Effect.fnUntraced(function* <S extends Schema.ConstraintDecoder<unknown>>(
  file: string,
  schemaOf: (value: unknown) => S,
): Effect.fn.Return<readonly JsonLine<S["Type"]>[], FileError> {
  const lines = (yield* textIn(file)).split("\n").slice(0, -1)
  return yield* Effect.forEach(lines, (text, index) => {
    const at = `line ${index + 1}`
    const checked = Effect.flatMap(jsonOf(file, at, text), (value) =>
      decoded(schemaOf(value), value, { file, at, remedy }),
    )
    return Effect.map(checked, (value) => ({ text, value }))
  })
})
