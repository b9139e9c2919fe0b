import { existsSync } from "node:fs"
import { basename, join } from "node:path"
import { Effect, Predicate } from "effect"
import { familyFolder } from "../findCases.ts"
import { CaseInvalid } from "../caseError.ts"
import type { ReadableCase } from "../kind.ts"

/** A manifest names a file as `../sd.safetensors (what is in it)`: its last part, without the remark. */
const namedIn = ({ document }: ReadableCase, field: string | undefined): string | undefined => {
  const value = field === undefined ? undefined : document[field]
  return Predicate.isString(value) ? basename(value.split(" ")[0] ?? "") : undefined
}

/**
 * The file of a case called `name`, or as the manifest's `field` calls it: in the case's folder, or in the folder above,
 * where cases of one family share files. A manifest cannot lead anywhere else. Errors: `CaseInvalid`.
 */
export const relatedFile = (
  found: ReadableCase,
  field: string | undefined,
  name: string,
): Effect.Effect<string, CaseInvalid> => {
  const wanted = namedIn(found, field) ?? name
  const places = [join(found.folder, wanted), ...(field === undefined ? [] : [join(familyFolder(found), wanted)])]
  const file = places.find((place) => existsSync(place))
  return file === undefined
    ? Effect.fail(
        new CaseInvalid({
          file: places[0]!,
          rule: field === undefined ? "is missing" : "is neither in the case's folder nor in the one above",
          remedy: "restore the file from its source",
        }),
      )
    : Effect.succeed(file)
}
