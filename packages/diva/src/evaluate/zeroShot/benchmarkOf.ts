import { Clock, Effect } from "effect"
import type { Gpu } from "../../gpu/gpu.ts"
import type { BenchmarkData } from "../datasets/benchmarkFolder.ts"
import { EvaluationEvents } from "../evaluationEvents.ts"
import type { Features, FeaturesError } from "../features/features.ts"
import type { ClipModel } from "../model/clipModel.ts"
import { subjectOf } from "../model/subject.ts"
import { stockRule } from "../rules/flavours.ts"
import type { ScoringRule } from "../rules/scoringRule.ts"
import type { BenchmarkReport } from "./benchmarkReport.ts"
import { evaluateBenchmark } from "./evaluateBenchmark.ts"

export interface BenchmarkOf {
  readonly data: BenchmarkData
  readonly rule?: ScoringRule
  readonly seed?: number
}

/** Scores a CLIP on one of CLIP_benchmark's data sets, as a result. `Features` are this model's. */
export const benchmarkOf = Effect.fn("benchmarkOf")(function* (
  model: ClipModel,
  { data, rule = stockRule, seed = 42 }: BenchmarkOf,
): Effect.fn.Return<BenchmarkReport, FeaturesError, Features | Gpu | EvaluationEvents> {
  const began = yield* Clock.currentTimeMillis
  const evaluation = yield* evaluateBenchmark({ data, rule, seed })
  const seconds = ((yield* Clock.currentTimeMillis) - began) / 1000
  yield* (yield* EvaluationEvents).publish({ _tag: "scored", name: `${data.name}, ${model.name}`, seconds })
  return {
    format: "diva-benchmark",
    version: 1,
    subject: yield* subjectOf(model),
    split: data.split,
    promptSource: data.promptSource,
    ...evaluation,
  }
})
