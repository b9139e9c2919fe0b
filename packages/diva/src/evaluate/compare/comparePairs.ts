import type { MmvpReport, ReportedPair, ReportedScoring } from "../mmvp/mmvpReport.ts"
import { bootstrap } from "../statistics/bootstrap.ts"
import type { Estimate } from "../statistics/interval.ts"
import { mcnemar } from "../statistics/mcnemar.ts"

/** A pair that one of two models solves and the other does not. */
export interface Flip {
  readonly pair: ReportedPair
  /** The same pair in the earlier result. */
  readonly earlier: ReportedPair
  /** Share of draws that solve it. */
  readonly before: number
  readonly after: number
}

export interface CategoryComparison {
  readonly name: string
  readonly pairs: number
  /** Solved pairs, as means over draws. */
  readonly before: number
  readonly after: number
  /** Points of the share of solved pairs, after − before, with a bootstrap interval over the category's pairs. */
  readonly difference: Estimate
  readonly gained: number
  readonly lost: number
}

/** Two models on the same pairs, under one rule. */
export interface PairComparison {
  readonly rule: string
  readonly pairs: number
  readonly before: number
  readonly after: number
  /** Points of the share of solved pairs, after − before, with a bootstrap interval over pairs. */
  readonly difference: Estimate
  /** Exact McNemar test over pairs, each solved where most draws solve it. */
  readonly pValue: number
  readonly gained: readonly Flip[]
  readonly lost: readonly Flip[]
  readonly categories: readonly CategoryComparison[]
  /** The comparison in a sentence that says no more than the interval does. */
  readonly verdict: string
}

const keyOf = ({ questions: [first, second] }: ReportedPair): string =>
  [first, second].map(({ id, imageSha256, statement }) => `${id} ${imageSha256} ${statement}`).join(" | ")

const shareSolved = ({ solved }: ReportedPair): number => solved.filter(Boolean).length / solved.length

/** Pairs that both results hold, with the shares of draws that solve them. */
const matched = (before: ReportedScoring, after: ReportedScoring): readonly Flip[] => {
  const earlier = new Map(before.pairs.map((pair) => [keyOf(pair), pair]))
  return after.pairs.flatMap((pair) => {
    const own = earlier.get(keyOf(pair))
    return own === undefined ? [] : [{ pair, earlier: own, before: shareSolved(own), after: shareSolved(pair) }]
  })
}

const total = (flips: readonly Flip[], side: "before" | "after"): number =>
  flips.reduce((sum, flip) => sum + flip[side], 0)

const isSolved = (share: number): boolean => share > 0.5

const gainedOf = (flips: readonly Flip[]) => flips.filter(({ before, after }) => !isSolved(before) && isSolved(after))
const lostOf = (flips: readonly Flip[]) => flips.filter(({ before, after }) => isSolved(before) && !isSolved(after))

const differenceOf = (flips: readonly Flip[]): Estimate =>
  bootstrap(flips.length, (units) => {
    let sum = 0
    for (const unit of units) sum += flips[unit]!.after - flips[unit]!.before
    return (100 * sum) / units.length
  })

const byCategory = (flips: readonly Flip[], names: readonly string[]): readonly CategoryComparison[] =>
  names.map((name) => {
    const own = flips.filter(({ pair }) => pair.category === name)
    return {
      name,
      pairs: own.length,
      before: total(own, "before"),
      after: total(own, "after"),
      difference: differenceOf(own),
      gained: gainedOf(own).length,
      lost: lostOf(own).length,
    }
  })

const signed = (x: number): string => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(1)}`

const shown = (x: number): string => String(Number(x.toFixed(1)))

const outcome = ({ value, interval: { low, high } }: Estimate): string => {
  if (low > 0) return "better"
  if (high < 0) return "worse"
  return value === 0 && low === 0 && high === 0 ? "no difference" : "no difference that these pairs can show"
}

/** "35 against 26 of 135 pairs; 95 % interval of the difference +1.5 … +11.9 points: better". */
export const verdictOf = (before: number, after: number, pairs: number, difference: Estimate): string => {
  const { low, high } = difference.interval
  return (
    `${shown(after)} against ${shown(before)} of ${pairs} pairs; 95 % interval of the difference ` +
    `${signed(low)} … ${signed(high)} points: ${outcome(difference)}`
  )
}

/** Compares two results of one rule pair by pair. Pairs that only one of them holds do not count. */
export const comparePairs = (before: ReportedScoring, after: ReportedScoring): PairComparison => {
  const flips = matched(before, after)
  const difference = differenceOf(flips)
  const [gained, lost] = [gainedOf(flips), lostOf(flips)]
  const [solvedBefore, solvedAfter] = [total(flips, "before"), total(flips, "after")]
  return {
    rule: before.rule === after.rule ? before.rule : `${before.rule} against ${after.rule}`,
    pairs: flips.length,
    before: solvedBefore,
    after: solvedAfter,
    difference,
    pValue: mcnemar(gained.length, lost.length),
    gained,
    lost,
    categories: byCategory(
      flips,
      after.categories.map(({ name }) => name),
    ),
    verdict: verdictOf(solvedBefore, solvedAfter, flips.length, difference),
  }
}

/** Compares the ways of scoring that two results share, or, where models of two flavours share none, those in one place. */
export const compareMmvp = (before: MmvpReport, after: MmvpReport): readonly PairComparison[] =>
  after.scorings.flatMap((scoring, i) => {
    const other = before.scorings.find(({ rule }) => rule === scoring.rule) ?? before.scorings[i]
    return other === undefined ? [] : [comparePairs(other, scoring)]
  })
