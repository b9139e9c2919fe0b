import * as path from "node:path"
import { Effect } from "effect"
import { isThere, namesIn } from "../../files/presence.ts"
import { writeText } from "../../files/writeText.ts"
import { openBenchmark } from "../datasets/benchmarkFolder.ts"
import { EvaluationEvents } from "../evaluationEvents.ts"
import type { OpenShardsError } from "../../data/index.ts"
import type { Gpu } from "../../gpu/gpu.ts"
import { Features, type FeaturesError } from "../features/features.ts"
import type { ClipModel } from "../model/clipModel.ts"
import { DataSetInvalid } from "../mmvp/mmvpFolder.ts"
import type { ScoringRule } from "../rules/scoringRule.ts"
import { benchmarkOf } from "./benchmarkOf.ts"
import { clipBenchmarkResult, type BenchmarkReport } from "./benchmarkReport.ts"
import { readBenchmarkReport } from "./readBenchmarkReport.ts"

export interface EvaluateAll {
  /** A folder of data sets in CLIP_benchmark's layout. */
  readonly root: string
  readonly split: string
  readonly rule: ScoringRule
  readonly seed: number
  /** Where results go, one data set at a time: data sets already scored there are not scored again. */
  readonly out: string
}

/** What ends the evaluation of all: the machine, the disk, a root without data sets. */
export type EvaluateAllError = DataSetInvalid | FeaturesError | OpenShardsError

/** What became of one data set. */
export type AllOutcome =
  | { readonly status: "scored" | "scored before"; readonly report: BenchmarkReport }
  | { readonly status: "failed"; readonly dataset: string; readonly problem: string }

/** Data sets in a folder: those folders that look like one, in order of name. */
export const benchmarksIn = Effect.fn("benchmarksIn")(function* (root: string) {
  const folders = (yield* namesIn(root)).map((name) => path.join(root, name))
  const found = yield* Effect.filter(folders, looksLikeBenchmark)
  if (found.length > 0) return found
  return yield* new DataSetInvalid({
    folder: root,
    rule: "holds no data set in CLIP_benchmark's webdataset layout",
    remedy: "name the folder that holds wds_… folders",
  })
})

const marks = ["classnames.txt", "dataset_type.txt", "zeroshot_classification_templates.txt", "test"]

const looksLikeBenchmark = Effect.fnUntraced(function* (folder: string) {
  for (const mark of marks) if (yield* isThere(path.join(folder, mark))) return true
  return false
})

const resultFile = (out: string, dataset: string): string => path.join(out, `${dataset}.diva.json`)

/** Writes a result twice: as CLIP_benchmark's own tools read it, and with everything, last: its being there says it is done. */
export const writeBenchmarkReport = Effect.fn("writeBenchmarkReport")(function* (out: string, report: BenchmarkReport) {
  yield* writeText(path.join(out, `${report.dataset}.json`), `${JSON.stringify(clipBenchmarkResult(report))}\n`)
  yield* writeText(resultFile(out, report.dataset), `${JSON.stringify(report, null, 1)}\n`)
})

/** A result counts as this evaluation's if it is of the same weights, rule and split. */
const isSame = (report: BenchmarkReport, imageHash: string | undefined, { rule, split }: EvaluateAll): boolean =>
  report.subject.imageWeightsSha256 === (imageHash ?? null) && report.rule === rule.title && report.split === split

const problemOf = (error: unknown): string =>
  error instanceof Error && error.message !== "" ? error.message : JSON.stringify(error)

const evaluateOne = Effect.fnUntraced(function* (model: ClipModel, request: EvaluateAll, folder: string) {
  const { out, split, rule, seed } = request
  const { identity } = yield* Features
  const dataset = path.basename(folder).replace(/^wds_/, "")
  const before = yield* readBenchmarkReport(resultFile(out, dataset))
  if (before !== undefined && isSame(before, identity.imageHash, request)) {
    const known: AllOutcome = { status: "scored before", report: before }
    return known
  }
  const scored = Effect.gen(function* () {
    const report = yield* benchmarkOf(model, { data: yield* openBenchmark(folder, split), rule, seed })
    yield* writeBenchmarkReport(out, report)
    const outcome: AllOutcome = { status: "scored", report }
    return outcome
  })
  return yield* Effect.catch(scored, (error) => {
    // Data sets stand on their own; what the machine or the disk refuses, it refuses to all of them.
    const isOfData = [
      "DataSetInvalid",
      "TooManyBadSamples",
      "TarCorrupt",
      "TarTruncated",
      "SamplesScattered",
      "TextTooLong",
    ].includes(error._tag)
    const failed: AllOutcome = { status: "failed", dataset, problem: problemOf(error) }
    return isOfData ? Effect.succeed(failed) : Effect.fail(error)
  })
})

/**
 * Scores a CLIP on every data set of a folder. What was scored before, by these weights, is taken from its result, so an
 * evaluation that stopped continues where it was. A data set that cannot be used is reported and the others are scored.
 * Errors: those of the machine and of writing.
 */
export const evaluateAll = Effect.fn("evaluateAll")(function* (
  model: ClipModel,
  request: EvaluateAll,
): Effect.fn.Return<readonly AllOutcome[], EvaluateAllError, Features | Gpu | EvaluationEvents> {
  const events = yield* EvaluationEvents
  const outcomes: AllOutcome[] = []
  for (const folder of yield* benchmarksIn(request.root)) {
    const outcome = yield* evaluateOne(model, request, folder)
    if (outcome.status === "failed")
      yield* events.publish({ _tag: "opened", name: outcome.dataset, remark: `not scored: ${outcome.problem}` })
    outcomes.push(outcome)
  }
  const all: readonly AllOutcome[] = outcomes
  return all
})
