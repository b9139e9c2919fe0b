import type { ReportedScoring } from "../evaluate/mmvp/mmvpReport.ts"
import type { Estimate } from "../evaluate/statistics/interval.ts"
import { meanOf } from "../evaluate/statistics/studentT.ts"
import { worldSets, type WorldScores } from "../world/worldRun.ts"

/** Percent of pairs solved in one category, or in all: before, and over runs. */
export interface ComparedRow {
  readonly name: string
  readonly before: number
  readonly after: Estimate
  /** Points, after − before, with Student's interval over runs. */
  readonly difference: Estimate
}

/** One benchmark before and after. */
export interface ComparedSet {
  readonly set: (typeof worldSets)[number]
  readonly pairs: number
  readonly categories: readonly ComparedRow[]
  readonly average: ComparedRow
  readonly verdict: string
}

const rowOf = (name: string, before: number, after: readonly number[]): ComparedRow => ({
  name,
  before,
  after: meanOf(after),
  difference: meanOf(after.map((value) => value - before)),
})

const stock = ({ scorings }: WorldScores["confused"]): ReportedScoring => scorings[0]!

const signed = (x: number): string => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(1)}`

/** What runs say about a difference, in words that claim no more than the interval does. */
export const verdictOfRuns = ({ value, count, interval: { low, high } }: Estimate): string => {
  if (count < 2) return `${signed(value)} points in one run: how far runs differ is not known`
  const range = `${signed(value)} points, 95 % interval over ${count} runs ${signed(low)} … ${signed(high)}`
  if (low > 0) return `better: ${range}`
  if (high < 0) return `worse: ${range}`
  return `no difference that ${count} runs could show: ${range}`
}

/** Scores of runs against the score they began with, on each benchmark. */
export const comparedSets = (
  before: WorldScores,
  after: readonly { readonly scores: WorldScores }[],
): readonly ComparedSet[] =>
  worldSets.map((set) => {
    const first = stock(before[set])
    const runs = after.map(({ scores }) => stock(scores[set]))
    const average = rowOf(
      "average",
      first.average.value,
      runs.map((run) => run.average.value),
    )
    return {
      set,
      pairs: first.pairs.length,
      categories: first.categories.map(({ name, estimate }, i) =>
        rowOf(
          name,
          estimate.value,
          runs.map(({ categories }) => categories[i]!.estimate.value),
        ),
      ),
      average,
      verdict: verdictOfRuns(average.difference),
    }
  })
