import { elementCount, recognise, type TensorSpec } from "@diva/models"
import { Effect } from "effect"
import { readText } from "../../files/readText.ts"
import { CaseInvalid } from "../caseError.ts"
import { isNumbers, isObject, recordIn } from "../documentFields.ts"
import { exactly, fileIn, groupOf } from "../exact.ts"
import type { Document } from "../findCases.ts"
import type { TensorResult } from "../group.ts"
import type { ReadableCase, SupportedKind } from "../kind.ts"

const invalid = (file: string, rule: string) =>
  new CaseInvalid({ file, rule, remedy: "restore the file from its source" })

const readDocument = Effect.fnUntraced(function* (file: string): Effect.fn.Return<Document, CaseInvalid> {
  const text = yield* Effect.mapError(readText(file), ({ rule }) => invalid(file, `cannot be read: ${rule}`))
  const json = yield* Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: (cause) => invalid(file, `is not JSON: ${(cause as Error).message}`),
  })
  return isObject(json) ? json : yield* invalid(file, "is not a JSON object")
})

const specsIn = (document: Document): readonly TensorSpec[] | undefined => {
  const state = Object.entries(recordIn(document, "state_dict") ?? {})
  const specs = state.flatMap(([name, entry]): readonly TensorSpec[] =>
    isObject(entry) && isNumbers(entry["shape"]) ? [{ name, shape: entry["shape"], dtype: "F32" }] : [],
  )
  return specs.length > 0 && specs.length === state.length ? specs : undefined
}

const total = (specs: readonly TensorSpec[]): number => specs.reduce((sum, { shape }) => sum + elementCount(shape), 0)

/** The list's own totals hold, and a model of the zoo has exactly these names and shapes. */
const compareList = (
  file: string,
  model: string,
  specs: readonly TensorSpec[],
  claimed: Document,
): readonly TensorResult[] => {
  const { parts, others } = recognise({ file, entries: new Map(specs.map((spec) => [spec.name, spec])) })
  const [part] = parts
  const fits = parts.length === 1 && others.length === 0 && part?.prefix === "" ? part : undefined
  const buffers = specs.filter(({ name }) => fits?.extras.includes(name))
  return [
    exactly(
      `${model}: names and shapes of ${fits?.models.join(" or ") || "no model of the zoo"}`,
      (fits?.models.length ?? 0) > 0,
    ),
    exactly(`${model}: tensors`, claimed["tensors"] === specs.length),
    exactly(`${model}: parameters`, claimed["parameters"] === total(specs) - total(buffers)),
  ]
}

const checkModel = Effect.fnUntraced(function* (found: ReadableCase, model: string, claimed: unknown) {
  const file = yield* fileIn(found, `${model}.json`)
  const specs = specsIn(yield* readDocument(file))
  if (specs === undefined) return yield* invalid(file, 'has no "state_dict" from names to shapes')
  return compareList(file, model, specs, isObject(claimed) ? claimed : {})
})

/** Names, shapes and totals of full-size models, one JSON file for each. */
export const parameterLists: SupportedKind = {
  name: "parameter lists",
  accepts: (document) => recordIn(document, "models") !== undefined,
  run: (found) =>
    Effect.gen(function* () {
      const results: TensorResult[] = []
      for (const [model, claimed] of Object.entries(recordIn(found.document, "models") ?? {}))
        results.push(...(yield* checkModel(found, model, claimed)))
      return groupOf("models", results)
    }),
}
