import { Effect, Schema } from "effect"
import type { FileError } from "@diva/models"
import { readJsonLines, type JsonLine } from "../files/readJsonLines.ts"
import { storage, writing } from "../files/storage.ts"
import type { EventSink, ScoresTold, TrainEvent } from "../train/observe/events.ts"

/** One line of `metrics.jsonl`: a step without what only a terminal needs. */
export interface MetricsLine {
  readonly update: number
  readonly loss: number
  readonly losses: readonly number[]
  /** Of each regulariser in turn, where there are any. */
  readonly penalties?: readonly number[]
  readonly learningRate: number
  readonly gradientNorm: number
  readonly seconds: number
  /** Share of the seconds that went to the machine; absent in older files. */
  readonly computing?: number
}

/** Another line of it: scores of the model after an update. */
export interface ScoresLine {
  readonly update: number
  readonly on: string
  readonly scores: ScoresTold
}

type Step = Extract<TrainEvent, { readonly _tag: "step" }>

const lineOf = ({
  update,
  loss,
  losses,
  penalties,
  learningRate,
  gradientNorm,
  seconds,
  computing,
}: Step): MetricsLine => ({
  update,
  loss,
  losses,
  ...(penalties === undefined ? {} : { penalties }),
  learningRate,
  gradientNorm,
  seconds,
  ...(computing === undefined ? {} : { computing: Number(computing.toFixed(4)) }),
})

const scoresOf = ({ update, on, scores }: Extract<TrainEvent, { readonly _tag: "scored" }>): ScoresLine => ({
  update,
  on,
  scores,
})

const StepFields = Schema.Struct({
  update: Schema.Int,
  loss: Schema.Number,
  losses: Schema.Array(Schema.Number),
  penalties: Schema.optionalKey(Schema.Array(Schema.Number)),
  learningRate: Schema.Number,
  gradientNorm: Schema.Number,
  seconds: Schema.Number,
  computing: Schema.optionalKey(Schema.Number),
})

// A score of nothing is not a number, which JSON writes as null.
const Score = Schema.Struct({
  value: Schema.NullOr(Schema.Number),
  count: Schema.Number,
  interval: Schema.Struct({ low: Schema.NullOr(Schema.Number), high: Schema.NullOr(Schema.Number) }),
})

const ScoreFields = Schema.Struct({
  update: Schema.Int,
  on: Schema.String,
  scores: Schema.Record(Schema.String, Score),
})

type Line = MetricsLine | ScoresLine

const isScores = (line: Line): line is ScoresLine => "scores" in line

const hasScores = (value: unknown): boolean => typeof value === "object" && value !== null && "scores" in value

const readLines = (file: string): Effect.Effect<readonly JsonLine<Line>[], FileError> =>
  Effect.map(
    readJsonLines(file, (value) => (hasScores(value) ? ScoreFields : StepFields)),
    (lines) => lines as unknown as readonly JsonLine<Line>[],
  )

/**
 * Cuts the file to the updates up to `update`, so that a resumed run writes no update twice; makes it if need be. `seesAgain`: without
 * the scores of that last one. Errors: those of reading it and of writing.
 */
export const truncateMetrics = Effect.fnUntraced(function* (file: string, update: number, seesAgain = false) {
  const isKept = ({ value: line }: JsonLine<Line>): boolean =>
    line.update < update || (line.update === update && !(seesAgain && isScores(line)))
  // A new run starts from the beginning, whatever is there.
  const kept = update === 0 ? [] : (yield* readLines(file)).filter(isKept)
  const { files, path } = yield* storage
  yield* writing(file)(
    Effect.gen(function* () {
      yield* files.makeDirectory(path.dirname(file), { recursive: true })
      yield* files.writeFileString(`${file}.partial`, kept.map(({ text }) => `${text}\n`).join(""))
      yield* files.rename(`${file}.partial`, file)
    }),
  )
})

/** The steps a metrics file holds. Errors: `FileUnreadable`, whose rule names line and field. */
export const readMetrics = (file: string): Effect.Effect<readonly MetricsLine[], FileError> =>
  Effect.map(readLines(file), (lines) => lines.flatMap(({ value }) => (isScores(value) ? [] : [value])))

/** The scores a metrics file holds, in order. Errors: `FileUnreadable`, whose rule names line and field. */
export const readScores = (file: string): Effect.Effect<readonly ScoresLine[], FileError> =>
  Effect.map(readLines(file), (lines) => lines.flatMap(({ value }) => (isScores(value) ? [value] : [])))

const append = Effect.fnUntraced(function* (file: string, line: Line) {
  const { files } = yield* storage
  yield* writing(file)(files.writeFileString(file, `${JSON.stringify(line)}\n`, { flag: "a" }))
})

/**
 * Writes every step as one JSON line. When a run starts or resumes, lines beyond its first update are cut.
 * Errors: `StorageFull`, `FileUnwritable`, `FileUnreadable`.
 */
export const metricsFile =
  (file: string): EventSink =>
  (event) => {
    if (event._tag === "started" || event._tag === "reopened") return truncateMetrics(file, event.from, event.seesAgain)
    if (event._tag === "step") return append(file, lineOf(event))
    if (event._tag === "scored") return append(file, scoresOf(event))
    return Effect.void
  }
