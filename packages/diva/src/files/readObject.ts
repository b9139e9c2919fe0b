import { Effect, Predicate } from "effect"
import { parse, type ParseError, printParseErrorCode } from "jsonc-parser"
import { parse as parseToml } from "smol-toml"
import { ConfigInvalid } from "./configInvalid.ts"
import { readText } from "./readText.ts"

const invalid = (file: string, rule: string) =>
  new ConfigInvalid({
    file,
    field: "",
    rule,
    remedy: 'write an object such as { "data": "cc3m/*.tar", "updates": 200 }',
  })

/** Line and column of a place in a text, from 1. */
const placeOf = (text: string, offset: number): string => {
  const before = text.slice(0, offset).split("\n")
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`
}

const parseJson = (text: string): unknown => {
  const errors: ParseError[] = []
  const value: unknown = parse(text, errors, { allowTrailingComma: true })
  const [first] = errors
  if (first !== undefined) throw new Error(`${printParseErrorCode(first.error)} at ${placeOf(text, first.offset)}`)
  return value
}

const kindOf = (file: string): string => (/\.toml$/i.test(file) ? "TOML" : "JSON")

/** Reads an object from a file: TOML where its name says so, else JSON, with comments. Errors: `FileUnreadable`, `ConfigInvalid`. */
export const readObject = Effect.fn("readObject")(function* (file: string) {
  const text = yield* readText(file)
  const value = yield* Effect.try({
    try: () => (kindOf(file) === "TOML" ? parseToml(text) : parseJson(text)),
    catch: (cause) => invalid(file, `is not ${kindOf(file)}: ${(cause as Error).message}`),
  })
  if (!Predicate.isObject(value) || Array.isArray(value)) return yield* invalid(file, `is not a ${kindOf(file)} object`)
  return value as Readonly<Record<string, unknown>>
})
