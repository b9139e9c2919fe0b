import { categoryOf } from "./categories.ts"
import type { ReportedScoring } from "./mmvpReport.ts"
import { scoreMmvp, scorePair } from "./pairScore.ts"

/** Outcomes and score of one draw, again from a result's logits. */
export const rescore = ({ pairs }: ReportedScoring, draw = 0) => {
  const outcomes = pairs.map(({ questions: [first, second], category, logits }) =>
    scorePair({ qid1: first.id, qid2: second.id, category: categoryOf(category) ?? 0 }, logits[draw]!),
  )
  return { outcomes, score: scoreMmvp(outcomes) }
}
