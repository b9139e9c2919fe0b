import { Effect, Predicate, type Path } from "effect"
import { isThere } from "../../files/presence.ts"
import { storage } from "../../files/storage.ts"
import { CaseInvalid } from "../caseError.ts"
import type { ReadableCase } from "../kind.ts"

/** A manifest names a file as `../sd.safetensors (what is in it)`: its last part, without the remark. */
const namedIn = (path: Path.Path, { document }: ReadableCase, field: string | undefined): string | undefined => {
  const value = field === undefined ? undefined : document[field]
  return Predicate.isString(value) ? path.basename(value.split(" ")[0] ?? "") : undefined
}

/**
 * The file of a case called `name`, or as the manifest's `field` calls it: in the case's folder, or in the folder above,
 * where cases of one family share files. A manifest cannot lead anywhere else. Errors: `CaseInvalid`.
 */
export const relatedFile = Effect.fnUntraced(function* (
  found: ReadableCase,
  field: string | undefined,
  name: string,
): Effect.fn.Return<string, CaseInvalid> {
  const { path } = yield* storage
  const wanted = namedIn(path, found, field) ?? name
  const folders = [found.folder, ...(field === undefined ? [] : [path.dirname(found.folder)])]
  const places = folders.map((folder) => path.join(folder, wanted))
  for (const place of places) if (yield* isThere(place)) return place
  return yield* new CaseInvalid({
    file: places[0]!,
    rule: field === undefined ? "is missing" : "is neither in the case's folder nor in the one above",
    remedy: "restore the file from its source",
  })
})
