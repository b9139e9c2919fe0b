import { divaRules, firstPublishedRules, stockRule, withAllPatches, type Flavour } from "./flavours.ts"
import type { ScoringRule } from "./scoringRule.ts"

/** Ways of scoring by name; "both" is stock beside the method's own. */
export const scorings = ["both", "stock", "diva", "all-patches", "first-published"] as const

export type Scoring = (typeof scorings)[number]

/** The rules of a way of scoring for one flavour. */
export const rulesOf = (flavour: Flavour, scoring: Scoring): readonly ScoringRule[] => {
  const diva = divaRules[flavour]
  switch (scoring) {
    case "both":
      return [stockRule, diva]
    case "stock":
      return [stockRule]
    case "diva":
      return [diva]
    case "all-patches":
      return [withAllPatches(diva)]
    case "first-published":
      return [firstPublishedRules[flavour]]
  }
}
