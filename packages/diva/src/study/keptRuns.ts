import { Effect } from "effect"
import type { FileError } from "@diva/models"
import { ConfigInvalid } from "../files/configInvalid.ts"
import type { Study } from "./study.ts"
import { readResults, startArm, type StudyResult } from "./studyResults.ts"

type Kept = NonNullable<Study["kept"]>[number]

const startOf = (results: readonly StudyResult[]): StudyResult | undefined =>
  results.find(({ arm }) => arm === startArm)

/** Points are told against the CLIP before training, so kept runs must have begun from the same, scored on the same. */
const isSameStart = (one: StudyResult | undefined, other: StudyResult | undefined): boolean =>
  JSON.stringify([one?.control, one?.confused]) === JSON.stringify([other?.control, other?.confused])

const readKept = Effect.fnUntraced(function* (
  { name, arm, results: file }: Kept,
  start: StudyResult | undefined,
): Effect.fn.Return<readonly StudyResult[], FileError | ConfigInvalid> {
  const lines = yield* readResults(file)
  if (start !== undefined && !isSameStart(startOf(lines), start))
    return yield* new ConfigInvalid({
      file,
      field: startArm,
      rule: "its CLIP before training scored otherwise than the study's",
      remedy: `leave "${name}" out of the study's kept runs, or make them anew`,
    })
  return lines.filter((line) => line.arm === arm).map((line) => ({ ...line, arm: name }))
})

/**
 * A study and its results as they are shown: kept runs are arms of their own behind the others. Errors: `FileUnreadable`, `ConfigInvalid` where kept
 * runs began from another CLIP.
 */
export const withKept = Effect.fn("withKept")(function* (study: Study, results: readonly StudyResult[]) {
  const kept = study.kept ?? []
  const start = startOf(results)
  const runs = yield* Effect.forEach(kept, (each) => readKept(each, start))
  const arms = kept.map(({ name, asks }, i) => ({ name, asks, seeds: runs[i]!.map(({ seed }) => seed) }))
  return { study: { ...study, arms: [...study.arms, ...arms] }, results: [...results, ...runs.flat()] }
})
