import { openWeights, toFloat32, type StoredTensor } from "@diva/models"
import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { isThere } from "../../files/presence.ts"
import { fromTaskEither } from "../../fromEither.ts"
import { CaseInvalid } from "../caseError.ts"
import { isObject } from "../documentFields.ts"
import { exactly, fileIn, groupOf } from "../exact.ts"
import type { Document } from "../findCases.ts"
import { notUnderstood, type TensorResult } from "../group.ts"
import type { ReadableCase, SupportedKind } from "../kind.ts"
import { expectationOf, requirementOf, type Expectation } from "./containerExpectation.ts"

type Tensors = ReadonlyMap<string, StoredTensor>

const loadAll = Effect.fnUntraced(function* (path: string) {
  const file = yield* Effect.acquireRelease(fromTaskEither(openWeights(path)), ({ close }) => Effect.promise(close))
  const tensors = new Map<string, StoredTensor>()
  for (const name of file.entries.keys()) tensors.set(name, yield* fromTaskEither(file.read(name)))
  const loaded: Tensors = tensors
  return loaded
}, Effect.scoped)

const entriesIn = (
  { document, file }: ReadableCase,
  field: string,
): Effect.Effect<readonly Document[], CaseInvalid> => {
  const entries = document[field] as readonly unknown[]
  return entries.every((entry): entry is Document => isObject(entry) && typeof entry["file"] === "string")
    ? Effect.succeed(entries)
    : Effect.fail(
        new CaseInvalid({
          file,
          rule: `an entry of "${field}" names no file`,
          remedy: "restore the file from its source",
        }),
      )
}

const sameBytes = (got: Uint8Array, want: Uint8Array): boolean =>
  got.byteLength === want.byteLength && Buffer.compare(got, want) === 0

/** Bit for bit; f64, which the stored expectation has as f32, after rounding. */
const sameTensor = (got: StoredTensor | undefined, want: StoredTensor): boolean => {
  if (got === undefined || String(got.shape) !== String(want.shape)) return false
  if (got.dtype === want.dtype) return sameBytes(got.bytes, want.bytes)
  const [narrow, expected] = [toFloat32(got), toFloat32(want)]
  return (
    got.dtype === "F64" &&
    E.isRight(narrow) &&
    E.isRight(expected) &&
    narrow.right.every((x, i) => x === expected.right[i])
  )
}

const extraKeys = (entry: Document): readonly unknown[] =>
  Array.isArray(entry["extra_keys"]) ? (entry["extra_keys"] as readonly unknown[]) : []

/** A prefix that training programs put before every name, taken off. */
const renamed = (tensors: Tensors, prefix: string | undefined): Tensors =>
  prefix === undefined
    ? tensors
    : new Map(
        Array.from(tensors, ([name, tensor]) => [name.startsWith(prefix) ? name.slice(prefix.length) : name, tensor]),
      )

/** Equal as the f32 they widen to. */
const sameWidened = (got: StoredTensor | undefined, want: StoredTensor): boolean => {
  if (got === undefined || String(got.shape) !== String(want.shape)) return false
  const [wide, expected] = [toFloat32(got), toFloat32(want)]
  return E.isRight(wide) && E.isRight(expected)
    ? wide.right.every((x, i) => Object.is(x, expected.right[i]))
    : sameTensor(got, want)
}

const compareFile = Effect.fnUntraced(function* (
  found: ReadableCase,
  entry: Document,
  { equals, upcast, stripped }: Expectation,
) {
  const file = String(entry["file"])
  const got = renamed(yield* loadAll(yield* fileIn(found, file)), stripped)
  const want = yield* loadAll(yield* fileIn(found, equals))
  const same = upcast ? sameWidened : sameTensor
  const allowed = new Set([...want.keys(), ...extraKeys(entry)])
  const missing = extraKeys(entry).filter((key) => !got.has(String(key)))
  return groupOf(file, [
    ...Array.from(want, ([name, tensor]) => exactly(name, same(got.get(name), tensor))),
    exactly("no other tensors", missing.length === 0 && [...got.keys()].every((name) => allowed.has(name))),
  ])
})

/** What the hostile pickles of this format would create, were they run. */
const marker = "HOSTILE_PICKLE_WAS_EXECUTED"

const judged = Effect.fnUntraced(function* (
  found: ReadableCase,
  entry: Document,
  required: NonNullable<ReturnType<typeof requirementOf>>,
) {
  const path = yield* fileIn(found, String(entry["file"]))
  const tag = yield* Effect.match(loadAll(path), { onFailure: ({ _tag }) => _tag, onSuccess: () => undefined })
  const isHarmless = tag !== "FileUnreadable" && !(yield* isThere(marker))
  const isMet = required === "either" || (required === "loaded") === (tag === undefined)
  const result: TensorResult = exactly(`${String(entry["file"])}: ${tag ?? "was read"}`, isHarmless && isMet)
  return result
})

const nameOf = (entry: Document, field: string): string =>
  `${String(entry["file"])}: ${field} ${JSON.stringify(entry[field] ?? null)}`

/** The same tensors in several containers, and hostile files that must be refused, or read where they are valid. */
export const weightContainers: SupportedKind = {
  name: "weight containers",
  accepts: (document) => Array.isArray(document["files"]) && Array.isArray(document["hostile"]),
  run: (found) =>
    Effect.gen(function* () {
      const [files, hostile] = [yield* entriesIn(found, "files"), yield* entriesIn(found, "hostile")]
      yield* Effect.forEach([...files, ...hostile], ({ file }) => fileIn(found, String(file)), { discard: true })
      const expectations = files.map((entry) => ({ entry, expected: expectationOf(entry, files) }))
      const requirements = hostile.map((entry) => ({ entry, required: requirementOf(entry) }))
      const compared = yield* Effect.forEach(expectations, ({ entry, expected }) =>
        expected === undefined ? Effect.succeed([]) : compareFile(found, entry, expected),
      )
      const judgements = yield* Effect.forEach(requirements, ({ entry, required }) =>
        required === undefined ? Effect.succeed([]) : Effect.map(judged(found, entry, required), (result) => [result]),
      )
      return [
        ...compared.flat(),
        ...groupOf("hostile files", judgements.flat()),
        ...notUnderstood([
          ...expectations.flatMap(({ entry, expected }) => (expected === undefined ? [nameOf(entry, "expect")] : [])),
          ...requirements.flatMap(({ entry, required }) => (required === undefined ? [nameOf(entry, "required")] : [])),
        ]),
      ]
    }),
}
