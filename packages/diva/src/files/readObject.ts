import { readFile } from "node:fs/promises"
import { decodeText, readFailure } from "@diva/models"
import { Effect, Predicate } from "effect"
import { ConfigInvalid } from "./configInvalid.ts"

const invalid = (file: string, rule: string) =>
  new ConfigInvalid({
    file,
    field: "",
    rule,
    remedy: 'write an object such as { "data": "cc3m/*.tar", "updates": 200 }',
  })

/** Reads a JSON object from a file. Errors: `FileUnreadable`, `ConfigInvalid`. */
export const readObject = Effect.fn("readObject")(function* (file: string) {
  const text = yield* Effect.tryPromise({
    try: async () => decodeText(await readFile(file)),
    catch: (cause) => readFailure(file, cause),
  })
  const value = yield* Effect.try({
    try: () => JSON.parse(text) as unknown,
    catch: (cause) => invalid(file, `is not JSON: ${(cause as Error).message}`),
  })
  if (!Predicate.isObject(value) || Array.isArray(value)) return yield* invalid(file, "is not a JSON object")
  return value as Readonly<Record<string, unknown>>
})
