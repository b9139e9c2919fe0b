import { Effect } from "effect"
import { storage } from "../files/storage.ts"
import { CaseInvalid } from "./caseError.ts"
import type { GroupResult, TensorResult } from "./group.ts"
import type { ReadableCase } from "./kind.ts"

/** Something that is right or wrong, without more or less. */
export const exactly = (name: string, isRight: boolean): TensorResult => {
  const error = isRight ? 0 : Infinity
  return { name, error, allowed: 0, maxError: error, passed: isRight }
}

/** A group of results; one without any is left out by callers, as it would pass. */
export const groupOf = (name: string, tensors: readonly TensorResult[]): readonly GroupResult[] =>
  tensors.length === 0 ? [] : [{ name, tensors, passed: tensors.every(({ passed }) => passed) }]

/** The path of a file that a case's document names, which may not lead out of the case's folder. */
export const fileIn = Effect.fnUntraced(function* (found: ReadableCase, name: string) {
  const { path } = yield* storage
  if (path.isAbsolute(name) || path.normalize(name).startsWith(".."))
    return yield* new CaseInvalid({
      file: found.file,
      rule: `names ${JSON.stringify(name)}, outside its folder`,
      remedy: "restore the file from its source",
    })
  return path.join(found.folder, name)
})
