import { categories } from "./categories.ts"
import type { MmvpEvaluation, ScoredPair, ScoredQuestion } from "./evaluateMmvp.ts"
import { summariseMmvp, type MmvpSummary } from "./evaluateMmvp.ts"
import type { PairLogits } from "./pairScore.ts"

/** What was scored, with what, and on what. */
export interface EvaluationSubject {
  readonly model: string
  readonly row: string | null
  readonly flavour: string
  readonly imageWeightsSha256: string | null
  readonly textWeightsSha256: string | null
  readonly preprocessing: string
  readonly adapter: string
  readonly precision: string
  readonly versions: Readonly<Record<string, string>>
}

/** A question as a result keeps it. */
export type ReportedQuestion = ScoredQuestion

/** A pair as a result keeps it: enough to score it again under any rule for choices. */
export interface ReportedPair {
  readonly questions: readonly [ReportedQuestion, ReportedQuestion]
  readonly category: string
  readonly logits: readonly PairLogits[]
  /** Whether each draw solves it. */
  readonly solved: readonly boolean[]
}

/** One way of scoring in a result. */
export interface ReportedScoring extends MmvpSummary {
  readonly rule: string
  readonly seed: number
  readonly draws: number
  /** Mean of the categories' percentages, for each draw. */
  readonly averages: readonly number[]
  /** Solved pairs, for each draw. */
  readonly correct: readonly number[]
  readonly pairs: readonly ReportedPair[]
  readonly skippedPairs: number
  readonly skipped: readonly string[]
}

/** MMVP's scores of one model, as `mmvp.json` holds them. */
export interface MmvpReport {
  readonly format: "diva-mmvp"
  readonly version: 1
  readonly subject: EvaluationSubject
  readonly categoryRule: "order" | "type"
  readonly questionsSha256: string
  readonly imagesSha256: string
  readonly scorings: readonly ReportedScoring[]
}

const reportedPair = ({ questions, category, logits, outcomes }: ScoredPair): ReportedPair => ({
  questions,
  category: categories[category]!.name,
  logits,
  solved: outcomes.map(({ correct }) => correct),
})

const reportedScoring = (evaluation: MmvpEvaluation): ReportedScoring => {
  const { rule, seed, draws, pairs, scores, skippedPairs, skipped } = evaluation
  return {
    rule,
    seed,
    draws,
    ...summariseMmvp(evaluation),
    averages: scores.map(({ average }) => average),
    correct: scores.map(({ correct }) => correct),
    skippedPairs,
    skipped,
    pairs: pairs.map(reportedPair),
  }
}

/** One model's evaluations, under one rule or several, as a result. */
export const mmvpReport = (
  subject: EvaluationSubject,
  categoryRule: "order" | "type",
  evaluations: readonly MmvpEvaluation[],
): MmvpReport => ({
  format: "diva-mmvp",
  version: 1,
  subject,
  categoryRule,
  questionsSha256: evaluations[0]?.questionsSha256 ?? "",
  imagesSha256: evaluations[0]?.imagesSha256 ?? "",
  scorings: evaluations.map(reportedScoring),
})
