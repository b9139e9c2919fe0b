import * as fs from "node:fs/promises"
import * as path from "node:path"
import { Effect } from "effect"
import { readFailure, writeFailure, type FileError } from "@diva/models"
import type { EventSink, ScoresTold, TrainEvent } from "../train/events.ts"

/** One line of `metrics.jsonl`: a step without what only a terminal needs. */
export interface MetricsLine {
  readonly update: number
  readonly loss: number
  readonly losses: readonly number[]
  readonly learningRate: number
  readonly gradientNorm: number
  readonly seconds: number
}

/** Another line of it: scores of the model after an update. */
export interface ScoresLine {
  readonly update: number
  readonly on: string
  readonly scores: ScoresTold
}

type Step = Extract<TrainEvent, { readonly _tag: "step" }>

const lineOf = ({ update, loss, losses, learningRate, gradientNorm, seconds }: Step): MetricsLine => ({
  update,
  loss,
  losses,
  learningRate,
  gradientNorm,
  seconds,
})

const scoresOf = ({ update, on, scores }: Extract<TrainEvent, { readonly _tag: "scored" }>): ScoresLine => ({
  update,
  on,
  scores,
})

const parsed = (line: string): MetricsLine | undefined => {
  try {
    return JSON.parse(line) as MetricsLine
  } catch {
    return undefined
  }
}

/** Lines of updates up to `update`; whatever a killed run wrote after its last checkpoint, or half wrote, goes. */
const upTo = (text: string, update: number): string =>
  text
    .split("\n")
    .filter((line) => (parsed(line)?.update ?? Infinity) <= update)
    .map((line) => `${line}\n`)
    .join("")

const readText = (file: string): Effect.Effect<string, FileError> =>
  Effect.tryPromise({
    try: () =>
      fs
        .readFile(file, "utf8")
        .catch((cause: NodeJS.ErrnoException) => (cause.code === "ENOENT" ? "" : Promise.reject(cause))),
    catch: (cause) => readFailure(file, cause),
  })

const writing = (file: string, write: () => Promise<void>): Effect.Effect<void, FileError> =>
  Effect.tryPromise({ try: write, catch: (cause) => writeFailure(file, cause) })

const replace = async (file: string, text: string): Promise<void> => {
  await fs.mkdir(path.dirname(file), { recursive: true })
  await fs.writeFile(`${file}.partial`, text)
  await fs.rename(`${file}.partial`, file)
}

/** Cuts the file to the updates up to `update`, so that a resumed run writes no update twice; makes it if need be. */
export const truncateMetrics = Effect.fnUntraced(function* (file: string, update: number) {
  const text = yield* readText(file)
  yield* writing(file, () => replace(file, upTo(text, update)))
})

/** The steps a metrics file holds. Errors: `FileUnreadable`. */
export const readMetrics = (file: string): Effect.Effect<readonly MetricsLine[], FileError> =>
  Effect.map(readText(file), (text) =>
    text.split("\n").flatMap((line) => {
      const read = parsed(line)
      return read !== undefined && "loss" in read ? [read] : []
    }),
  )

/** The scores a metrics file holds, in order. Errors: `FileUnreadable`. */
export const readScores = (file: string): Effect.Effect<readonly ScoresLine[], FileError> =>
  Effect.map(readText(file), (text) =>
    text.split("\n").flatMap((line) => {
      const read = parsed(line)
      return read !== undefined && "scores" in read ? [read as unknown as ScoresLine] : []
    }),
  )

/**
 * Writes every step as one JSON line. When a run starts or resumes, lines beyond its first update are cut.
 * Errors: `StorageFull`, `FileUnwritable`, `FileUnreadable`.
 */
export const metricsFile =
  (file: string): EventSink =>
  (event) => {
    if (event._tag === "started") return truncateMetrics(file, event.from)
    if (event._tag === "step") return writing(file, () => fs.appendFile(file, `${JSON.stringify(lineOf(event))}\n`))
    if (event._tag === "scored") return writing(file, () => fs.appendFile(file, `${JSON.stringify(scoresOf(event))}\n`))
    return Effect.void
  }
