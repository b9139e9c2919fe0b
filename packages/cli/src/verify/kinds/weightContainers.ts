import { existsSync } from "node:fs"
import { openWeights, toFloat32, type StoredTensor } from "@diva/models"
import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { fromTaskEither } from "@diva/diva"
import { CaseInvalid } from "../caseError.ts"
import { isObject } from "../documentFields.ts"
import { exactly, fileIn, groupOf } from "../exact.ts"
import type { Document } from "../findCases.ts"
import type { TensorResult } from "../group.ts"
import type { ReadableCase, SupportedKind } from "../kind.ts"

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

const isReference = ({ expect }: Document): boolean => typeof expect === "string" && expect.startsWith("the reference")

/** The file that an entry must equal: one it names, or the reference of the case. */
const equalTo = (entry: Document, entries: readonly Document[]): string => {
  const named = /=\s*([\w.-]+\.safetensors)/.exec(String(entry["expect"]))?.[1]
  return named ?? String((entries.find(isReference) ?? entry)["file"])
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

const compareFile = Effect.fnUntraced(function* (found: ReadableCase, entry: Document, entries: readonly Document[]) {
  const file = String(entry["file"])
  const got = yield* loadAll(yield* fileIn(found, file))
  const want = yield* loadAll(yield* fileIn(found, equalTo(entry, entries)))
  const allowed = new Set([...want.keys(), ...extraKeys(entry)])
  const missing = extraKeys(entry).filter((key) => !got.has(String(key)))
  return groupOf(file, [
    ...Array.from(want, ([name, tensor]) => exactly(name, sameTensor(got.get(name), tensor))),
    exactly("no other tensors", missing.length === 0 && [...got.keys()].every((name) => allowed.has(name))),
  ])
})

/** What the hostile pickles of this format would create, were they run. */
const marker = "HOSTILE_PICKLE_WAS_EXECUTED"

const refused = Effect.fnUntraced(function* (found: ReadableCase, entry: Document) {
  const path = yield* fileIn(found, String(entry["file"]))
  const tag = yield* Effect.match(loadAll(path), { onFailure: ({ _tag }) => _tag, onSuccess: () => undefined })
  const isRefused = tag !== undefined && tag !== "FileUnreadable" && !existsSync(marker)
  const result: TensorResult = exactly(`${String(entry["file"])}: ${tag ?? "was read"}`, isRefused)
  return result
})

/** The same tensors in several containers, and hostile files that must be refused. */
export const weightContainers: SupportedKind = {
  name: "weight containers",
  accepts: (document) => Array.isArray(document["files"]) && Array.isArray(document["hostile"]),
  run: (found) =>
    Effect.gen(function* () {
      const [files, hostile] = [yield* entriesIn(found, "files"), yield* entriesIn(found, "hostile")]
      const compared = yield* Effect.forEach(files, (entry) => compareFile(found, entry, files))
      return [
        ...compared.flat(),
        ...groupOf("hostile files", yield* Effect.forEach(hostile, (entry) => refused(found, entry))),
      ]
    }),
}
