import { Clock, Effect } from "effect"
import { EvaluationEvents } from "../evaluationEvents.ts"
import { towerFeatures, type FeaturesOptions } from "../features/towerFeatures.ts"
import type { ClipModel } from "../model/clipModel.ts"
import { clipTower } from "../model/clipTower.ts"
import { subjectOf } from "../model/subject.ts"
import { rulesOf, type Scoring } from "../rules/scorings.ts"
import { evaluateMmvp } from "./evaluateMmvp.ts"
import type { MmvpData } from "./mmvpFolder.ts"
import type { Gpu } from "../../gpu/gpu.ts"
import type { FeaturesError } from "../features/features.ts"
import { mmvpReport, type MmvpReport } from "./mmvpReport.ts"
import type { CategoryRule } from "./questions.ts"

export interface MmvpOf extends FeaturesOptions {
  readonly data: MmvpData
  readonly categoryRule: CategoryRule
  readonly scoring: Scoring
  readonly seed: number
  readonly draws: number
}

/** Scores a CLIP on MMVP-VLM in one way or several. Errors: those of reading weights and of `evaluateMmvp`. */
export const mmvpOf = Effect.fn("mmvpOf")(function* (
  model: ClipModel,
  { data, categoryRule, scoring, seed, draws, ...options }: MmvpOf,
): Effect.fn.Return<MmvpReport, FeaturesError, Gpu | EvaluationEvents> {
  const events = yield* EvaluationEvents
  yield* Effect.forEach(model.remarks, (remark) => events.publish({ _tag: "opened", name: model.name, remark }))
  const began = yield* Clock.currentTimeMillis
  const tower = yield* clipTower(model)
  const scored = Effect.gen(function* () {
    const evaluations = yield* Effect.forEach(rulesOf(model.flavour, scoring), (rule) =>
      evaluateMmvp({ data, rule, seed, draws }),
    )
    return mmvpReport(yield* subjectOf(model), categoryRule, evaluations)
  })
  const report = yield* Effect.provide(scored, towerFeatures(tower, options))
  yield* events.publish({
    _tag: "scored",
    name: `MMVP, ${model.name}`,
    seconds: ((yield* Clock.currentTimeMillis) - began) / 1000,
  })
  return report
}, Effect.scoped)
