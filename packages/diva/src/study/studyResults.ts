import { Effect, Schema } from "effect"
import type { FileError } from "@diva/models"
import { isThere } from "../files/presence.ts"
import { readText } from "../files/readText.ts"
import { storage, writing } from "../files/storage.ts"
import type { Json } from "../json.ts"

/** Percent of pairs solved: each category in MMVP's order, and their mean. */
export interface SetScore {
  readonly categories: readonly number[]
  readonly average: number
}

/** Scores of a CLIP in the world. */
export interface StudyScores {
  readonly confused: SetScore
  readonly control: SetScore
  /** Zero-shot accuracy, percent. */
  readonly objects: number
  readonly colours: number
}

/** What one run gave: a line of the results. */
export interface StudyResult extends StudyScores {
  readonly arm: string
  readonly seed: number
  /** Content of everything that decided it; a line of another content is not counted. */
  readonly key: string
  readonly settings: Json
  /** Mean loss of the first and of the last tenth of the updates. */
  readonly loss: readonly [first: number, last: number]
  /** Mean cosine of pictures' vectors before and after. */
  readonly drift: number
  readonly seconds: number
  readonly machine: string
  readonly versions: Readonly<Record<string, string>>
}

/** The line of the CLIP before any training. */
export const startArm = "before"

const isLine = Schema.is(Schema.Struct({ key: Schema.String, arm: Schema.String }))

const parsed = (line: string): readonly StudyResult[] => {
  try {
    const value: unknown = JSON.parse(line)
    return isLine(value) ? [value as unknown as StudyResult] : []
  } catch {
    return []
  }
}

const textOf = Effect.fnUntraced(function* (file: string) {
  return (yield* isThere(file)) ? yield* readText(file) : ""
})

/** Lines of a results file, each run once; none where there is none. A line cut off by a kill is left out. Errors: `FileUnreadable`. */
export const readResults = (file: string): Effect.Effect<readonly StudyResult[], FileError> =>
  Effect.map(textOf(file), (text) => {
    const lines = text.split("\n").flatMap(parsed)
    return [...new Map(lines.toReversed().map((line) => [line.key, line])).values()].toReversed()
  })

/** Whether a file has a run's line now, each time it is asked. Errors: `FileUnreadable`. */
export const hasLine =
  (file: string) =>
  (key: string): Effect.Effect<boolean, FileError> =>
    Effect.map(readResults(file), (lines) => lines.some((line) => line.key === key))

/**
 * Adds a line in one piece, so that several processes may. One that was cut off before it stays a line of its own.
 * Errors: `FileUnreadable`, `StorageFull`, `FileUnwritable`.
 */
export const appendResult = Effect.fnUntraced(function* (
  file: string,
  result: StudyResult,
): Effect.fn.Return<void, FileError> {
  const { files, path } = yield* storage
  const endsWhole = /(^|\n)$/.test(yield* textOf(file))
  yield* writing(file)(files.makeDirectory(path.dirname(file), { recursive: true }))
  const line = `${endsWhole ? "" : "\n"}${JSON.stringify(result)}\n`
  yield* writing(file)(files.writeFileString(file, line, { flag: "a" }))
})
