import { existsSync, readFileSync } from "node:fs"
import { appendFile, mkdir } from "node:fs/promises"
import * as path from "node:path"
import { Effect } from "effect"
import { writeFailure } from "@diva/models"
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

const parsed = (line: string): readonly StudyResult[] => {
  try {
    return line.trim() === "" ? [] : [JSON.parse(line) as StudyResult]
  } catch {
    return []
  }
}

/** Lines of a results file, each run once; none where there is none. A line cut off by a kill is left out. */
export const readResults = (file: string): readonly StudyResult[] => {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, "utf8").split("\n").flatMap(parsed)
  return [...new Map(lines.toReversed().map((line) => [line.key, line])).values()].toReversed()
}

/** Whether a file has a run's line now, each time it is asked. */
export const hasLine =
  (file: string) =>
  (key: string): boolean =>
    readResults(file).some((line) => line.key === key)

const endsWhole = (file: string): boolean => !existsSync(file) || /(^|\n)$/.test(readFileSync(file, "utf8"))

/** Adds a line in one piece, so that several processes may. One that was cut off before it stays a line of its own. Errors: `StorageFull`, `FileUnwritable`. */
export const appendResult = (file: string, result: StudyResult) =>
  Effect.tryPromise({
    try: async () => {
      await mkdir(path.dirname(file), { recursive: true })
      await appendFile(file, `${endsWhole(file) ? "" : "\n"}${JSON.stringify(result)}\n`)
    },
    catch: (cause) => writeFailure(file, cause),
  })
