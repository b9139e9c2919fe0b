import { Clock, Effect } from "effect"
import { doing } from "../../doing.ts"
import type { Gpu } from "../../gpu/gpu.ts"
import { EvaluationEvents } from "../evaluationEvents.ts"
import type { Features, FeaturesError } from "../features/features.ts"
import type { ClipModel } from "../model/clipModel.ts"
import { subjectOf } from "../model/subject.ts"
import { rulesOf, type Scoring } from "../rules/scorings.ts"
import { evaluateMmvp } from "./evaluateMmvp.ts"
import type { MmvpData } from "./mmvpFolder.ts"
import { mmvpReport, type MmvpReport } from "./mmvpReport.ts"
import type { CategoryRule } from "./questions.ts"

export interface MmvpOf {
  readonly data: MmvpData
  readonly categoryRule: CategoryRule
  readonly scoring: Scoring
  readonly seed: number
  readonly draws: number
}

/** Scores a CLIP on MMVP-VLM in one way or several, as a result. `Features` are this model's. */
export const mmvpOf = Effect.fn("mmvpOf")(function* (
  model: ClipModel,
  { data, categoryRule, scoring, seed, draws }: MmvpOf,
): Effect.fn.Return<MmvpReport, FeaturesError, Features | Gpu | EvaluationEvents> {
  const began = yield* Clock.currentTimeMillis
  const evaluations = yield* Effect.forEach(rulesOf(model.flavour, scoring), (rule) =>
    evaluateMmvp({ data, rule, seed, draws }),
  )
  const seconds = ((yield* Clock.currentTimeMillis) - began) / 1000
  yield* (yield* EvaluationEvents).publish({ _tag: "scored", name: `MMVP, ${model.name}`, seconds })
  yield* doing("putting the scores together")
  return mmvpReport(yield* subjectOf(model), categoryRule, evaluations)
})
