import { Effect } from "effect"
import { CaseInvalid } from "./caseError.ts"
import type { Document } from "./findCases.ts"
import type { ReadableCase } from "./kind.ts"
import { isObject, recordIn } from "./documentFields.ts"

/** No real configuration comes near these; one beyond them would keep the machine busy describing parameters. */
const largestNumber = 2 ** 20
const mostLayers = 512
const mostEntries = 64

const isTooMuch = (key: string, value: unknown): boolean => {
  if (typeof value === "number") return Math.abs(value) > (/layers|depth/.test(key) ? mostLayers : largestNumber)
  if (Array.isArray(value)) return value.length > mostEntries || value.some((entry) => isTooMuch(key, entry))
  return isObject(value) && offending(value) !== undefined
}

const offending = (config: Document): string | undefined =>
  Object.keys(config).find((key) => isTooMuch(key, config[key]))

/** The configuration under `field`. Errors: `CaseInvalid` if it is absent or holds an absurd size. */
export const configIn = (found: ReadableCase, field: string): Effect.Effect<Document, CaseInvalid> => {
  const config = recordIn(found.document, field)
  const key = config === undefined ? field : offending(config)
  if (config !== undefined && key === undefined) return Effect.succeed(config)
  return Effect.fail(
    new CaseInvalid({
      file: found.file,
      rule: config === undefined ? `field "${field}" must be an object` : `"${field}.${key}" is beyond any real model`,
      remedy: "restore the file from its source",
    }),
  )
}
